import { networkInterfaces } from 'node:os';
import { type Servers, startServers } from '@outdial/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DialRequest } from '../../src/api.js';
import { rtpAddresses } from '../../src/media/rtp-addresses.js';
import type { Telephony } from '../../src/telephony.js';
import { dial, telephonyOn } from '../support/dialling.js';

let servers: Servers;
let both: Telephony;
let workerAlone: Telephony;
let freeswitchAlone: Telephony;
/** With a mod_audio_fork that plays nothing back. */
let oldServers: Servers;
let oldFreeswitch: Telephony;
beforeAll(async () => {
  servers = await startServers();
  const streams = { allowedHosts: ['bots.example.com'] };
  const common = { allowedSipHosts: ['127.0.0.1'], sounds: { directory: '/srv/sounds' }, streams };
  both = await telephonyOn(servers, null, { ...common, media: 'auto' });
  workerAlone = await telephonyOn(servers, null, { ...common, media: 'auto', freeswitch: [] });
  freeswitchAlone = await telephonyOn(servers, null, { ...common, media: 'freeswitch' });
  oldServers = await startServers({ audioForks: 'oneWay' });
  oldFreeswitch = await telephonyOn(oldServers, null, { ...common, media: 'freeswitch' });
});
afterAll(async () => {
  for (const telephony of [both, workerAlone, freeswitchAlone, oldFreeswitch]) await telephony.close();
  await servers.close();
  await oldServers.close();
});

const REQUEST = { jobId: 'j', callTo: 'sip:a@127.0.0.1:5999', headers: {} };

const BOT = 'wss://bots.example.com/talk';

/** Who would make the media of this dial. */
async function makerOf(
  telephony: Telephony,
  request: Partial<DialRequest>,
): Promise<'worker' | 'freeswitch'> {
  const prepared = await telephony.prepare({ ...REQUEST, ...request });
  await prepared.discard();
  return prepared.whereabouts.freeswitch === undefined ? 'worker' : 'freeswitch';
}

describe('media: auto', () => {
  it.each<[string, Partial<DialRequest>, 'worker' | 'freeswitch']>([
    ['G.711', {}, 'worker'],
    ['a codec of FreeSWITCH beside it', { codecs: 'g729;g711a' }, 'freeswitch'],
    ['a tone', { sources: ['tone_stream://%(400,0,800)'] }, 'worker'],
    ['a file of the directory of sounds', { sources: ['hello.wav', '/srv/sounds/a/b.wav'] }, 'worker'],
    ['a file elsewhere', { sources: ['hello.wav', '/prompts/hello.wav'] }, 'freeswitch'],
    ['a source that only FreeSWITCH knows', { sources: ['local_stream://moh'] }, 'freeswitch'],
    ['a host that is not allowed', { sources: ['https://sounds.example.com/a.wav'] }, 'freeswitch'],
    ['a hang-up before the answer', { hangsUpEarly: true }, 'worker'],
    ['a voice bot', { bots: [BOT] }, 'worker'],
    ['a voice bot and a codec of FreeSWITCH', { bots: [BOT], codecs: 'g729;g711a' }, 'freeswitch'],
  ])('for %s takes who can do that', async (_, request, maker) => {
    expect(await makerOf(both, request)).toBe(maker);
  });
});

describe('what no configured maker can do', () => {
  it.each<[string, () => Telephony, Partial<DialRequest>, string]>([
    [
      'a file elsewhere, without FreeSWITCH',
      () => workerAlone,
      { sources: ['/prompts/a.wav'] },
      'onAnswered',
    ],
    ['an early hang-up on FreeSWITCH', () => freeswitchAlone, { hangsUpEarly: true }, 'earlyMedia.hangUpOn'],
    [
      'a voice bot elsewhere, on FreeSWITCH',
      () => freeswitchAlone,
      { bots: ['wss://bots.example.org/'] },
      'onAnswered',
    ],
    ['both at once', () => both, { hangsUpEarly: true, sources: ['/prompts/a.wav'] }, 'earlyMedia.hangUpOn'],
  ])('is refused before anybody is dialled: %s', async (_, telephony, request, path) => {
    await expect(telephony().prepare({ ...REQUEST, ...request })).rejects.toMatchObject({
      code: 'UNSUPPORTED_BY_MEDIA',
      retryable: false,
      issues: expect.arrayContaining([expect.objectContaining({ path })]),
    });
  });
});

it('a FreeSWITCH whose forks play nothing back has no voice bots', async ({ skip }) => {
  if (oldServers.areReal) skip('the real one is as it is');
  await expect(oldFreeswitch.prepare({ ...REQUEST, bots: [BOT] })).rejects.toMatchObject({
    code: 'UNSUPPORTED_BY_MEDIA',
    issues: [{ path: 'onAnswered', message: expect.stringContaining('mod_audio_fork') }],
  });
  const { leg } = await dial(oldFreeswitch, { callTo: 'sip:a@127.0.0.1:5999' });
  // A step that an app asks for while the call is up.
  expect(await leg.openBot({ url: BOT }).start({})).toMatchObject({
    outcome: 'failed',
    error: { code: 'UNSUPPORTED_BY_MEDIA' },
    figures: { sentMs: 0 },
  });
  leg.cancel();
});

it('a leg whose calls must be encrypted has no place beside one on FreeSWITCH’s media', async () => {
  const secure = {
    name: 'secure',
    address: '127.0.0.1:5999',
    callerIds: 'any' as const,
    srtp: 'required' as const,
  };
  const telephony = await telephonyOn(servers, null, {
    allowedSipHosts: ['127.0.0.1'],
    media: 'auto',
    trunks: [secure],
  });
  // It is ready without FreeSWITCH too.
  await expect.poll(() => telephony.servers().every(({ isUp }) => isUp)).toBe(true);
  const { leg } = await dial(telephony, { callTo: 'sip:a@127.0.0.1:5999', codecs: 'g729;g711a' });
  expect(leg.whereabouts.freeswitch).toBeDefined();
  const agent = { ...REQUEST, callTo: 'tel:+441632960001', callFrom: '+441632960999', beside: leg };
  await expect(telephony.prepare(agent)).rejects.toMatchObject({
    code: 'UNSUPPORTED_BY_MEDIA',
    issues: [{ path: 'trunk' }],
  });
  leg.cancel();
  await telephony.close();
});

describe('the address that callees are told to send to', () => {
  const drachtio = { host: '127.0.0.1', port: 9022 };
  const rtp = { ports: [16_384, 32_767] as [number, number] };
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

  it.each([
    ['is this machine', '127.0.0.1:5060'],
    ['has no address', 'nowhere.invalid'],
    ['is not known', undefined],
  ])('is ours on the route to drachtio where the trunk %s', async (_, target) => {
    expect((await rtpAddresses(rtp, drachtio, target)).advertisedAddress).toBe('127.0.0.1');
  });

  it.skipIf(outside === undefined)(
    'is ours on the route to a trunk beyond a drachtio of this machine',
    async () => {
      expect((await rtpAddresses(rtp, drachtio, `${outside}:5060`)).advertisedAddress).toBe(outside);
    },
  );

  it('is the configured one first', async () => {
    const configured = { ...rtp, advertisedAddress: '203.0.113.5' };
    expect((await rtpAddresses(configured, drachtio, '198.51.100.1')).advertisedAddress).toBe('203.0.113.5');
  });
});
