import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Verdict } from '@outdial/contract';
import { PLAIN_SDP, type RawCall } from '@outdial/testkit';
import { formatWav, tone } from '@outdial/testkit/sounds';
import { describe, expect, it, vi } from 'vitest';
import type { DetectorWords, Leg } from '../../src/api.js';
import { type Call, dial, telephonyOn } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const network = useNetwork();
const WORKER = { media: 'worker' as const, freeswitch: [] };
const TONE = 'tone_stream://%(400,0,800)';
const LONG_TONE = 'tone_stream://%(60000,0,800)';

const connectOnAnswer = (event: { type: string }, leg: Leg) => {
  if (event.type === 'answered') leg.connectMedia();
};

/** Where the audio of a call arrives: the port, and the packets that come. */
async function ear() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  network.onEnd(async () => void socket.close());
  const packet = () => once(socket, 'message').then(([data]) => data as Buffer);
  return { port: socket.address().port, packet };
}

const sdpAt = (port: number, ...more: string[]) =>
  [PLAIN_SDP.replace('39999', String(port)).trimEnd(), ...more, ''].join('\r\n');

/** A call that is up, with its media connected to this port. */
async function answeredCall(port: number): Promise<{ call: Call; callee: RawCall }> {
  const { telephony, call: callee } = await network.raw(
    (call) => call.respond('200 OK', { body: sdpAt(port) }),
    WORKER,
  );
  const call = await dial(telephony, {}, connectOnAnswer);
  await call.next('mediaConnected');
  return { call, callee: callee() };
}

async function hangUp({ leg, over }: Call): Promise<void> {
  leg.hangUp();
  expect(await over).toMatchObject({ type: 'released' });
}

function wordsOf({ hearing }: Leg): DetectorWords {
  if (hearing.gives !== 'words') throw new Error('the media of this leg give frames');
  return hearing;
}

describe("a call on the worker's own media", () => {
  it('needs no FreeSWITCH, and says that there is nothing of one to release', async () => {
    const sipp = await network.callee({ scenario: 'answers-at-once', calls: 1, rtpEcho: true });
    const telephony = await network.telephony(sipp, WORKER);
    expect(telephony.servers().map(({ kind }) => kind)).toEqual(['drachtio']);
    const call = await dial(telephony, {}, connectOnAnswer);
    await call.next('mediaConnected');
    expect(call.leg.whereabouts.freeswitch).toBeUndefined();
    expect(call.leg.whereabouts.endpointUuid).toBeUndefined();
    expect(await call.leg.play(TONE)).toEqual({ outcome: 'finished' });
    await hangUp(call);
    expect(sipp.log()[0]?.body).toMatch(/^m=audio \d+ RTP\/AVP 8 0 101\r?$/m);
  });

  it('is heard in words, from the answer on', async () => {
    const sipp = await network.callee({ scenario: 'answers-at-once', calls: 1, rtpEcho: true });
    let call: Call | null = null;
    const verdict = new Promise<Verdict>((resolve) => {
      void network.telephony(sipp, WORKER).then(async (telephony) => {
        call = await dial(telephony, {}, (event, leg) => {
          if (event.type !== 'answered') return;
          wordsOf(leg).detect({ mode: 'DEFAULT', timeoutMilliseconds: 1000 }, resolve);
          leg.connectMedia();
        });
      });
    });
    expect(await verdict).toMatchObject({ farEndType: 'UNKNOWN' });
    await hangUp(call as unknown as Call);
  });

  it('counts the packets of the callee', async () => {
    const sipp = await network.callee({ scenario: 'answers-at-once', calls: 1, rtpEcho: true });
    const call = await dial(await network.telephony(sipp, WORKER), {}, connectOnAnswer);
    await call.next('mediaConnected');
    const playing = call.leg.play(LONG_TONE);
    await expect.poll(() => call.leg.packetsReceived()).toBeGreaterThan(10);
    call.leg.stopPlaying();
    expect(await playing).toEqual({ outcome: 'stopped' });
    await hangUp(call);
    expect(await call.leg.packetsReceived()).toBeNull();
  });

  it('is connected to early media before the answer', async () => {
    const { port, packet } = await ear();
    const { telephony, call: callee } = await network.raw(
      (call) => call.respond('183 Session Progress', { body: sdpAt(port) }),
      WORKER,
    );
    const call = await dial(telephony, {}, connectOnAnswer);
    // A packet now and then keeps the way open.
    expect((await packet()).length).toBeGreaterThanOrEqual(12);
    callee().respond('200 OK', { body: sdpAt(port) });
    await call.next('mediaConnected');
    await hangUp(call);
  });

  it('that ends while something is played ends that', async () => {
    const { port, packet } = await ear();
    const { call } = await answeredCall(port);
    const playing = call.leg.play(LONG_TONE);
    await packet();
    await hangUp(call);
    expect(await playing).toEqual({ outcome: 'stopped' });
    expect(await call.leg.play(TONE)).toEqual({ outcome: 'stopped' });
  });

  it('plays a file of the allowed directory', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'outdial-sounds-'));
    network.onEnd(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, 'beep.wav'), formatWav(tone(200, 800), 'pcm16'));
    const sipp = await network.callee({ scenario: 'answers-at-once', calls: 1, rtpEcho: true });
    const call = await dial(
      await network.telephony(sipp, { ...WORKER, sounds: { directory } }),
      {},
      connectOnAnswer,
    );
    await call.next('mediaConnected');
    for (const source of ['beep.wav', join(directory, 'beep.wav')])
      expect(await call.leg.play(source)).toEqual({ outcome: 'finished' });
    expect(await call.leg.play('none.wav')).toMatchObject({ outcome: 'failed' });
    await hangUp(call);
    expect((await call.leg.quality())?.packetsSent).toBeGreaterThanOrEqual(20);
  });

  it('plays only what the configuration allows', async () => {
    const { call } = await answeredCall((await ear()).port);
    expect(await call.leg.play('/etc/hostname')).toEqual({
      outcome: 'failed',
      message: 'no directory of sounds is configured (SOURCE_FORBIDDEN)',
    });
    await hangUp(call);
  });
});

describe('an offer of the far end', () => {
  it.each(['UPDATE', 'INVITE'])('by %s moves what is played to another address', async (method) => {
    const [first, second] = [await ear(), await ear()];
    const { call, callee } = await answeredCall(first.port);
    const playing = call.leg.play(LONG_TONE);
    await first.packet();
    const moved = second.packet();
    const cseq = callee.request(method, { body: sdpAt(second.port) });
    await expect.poll(() => callee.answers.get(cseq)).toBe(200);
    await moved;
    call.leg.stopPlaying();
    await playing;
    await hangUp(call);
  });

  it.each([
    ['a=sendonly', /^a=recvonly/m],
    ['a=inactive', /^a=inactive/m],
    ['c=IN IP4 0.0.0.0', /^a=sendrecv/m],
  ])('of a hold by %s is answered, and its end too', async (line, answer) => {
    const { port } = await ear();
    const { call, callee } = await answeredCall(port);
    for (const [body, expected, isOnHold] of [
      [sdpAt(port, line), answer, true],
      [sdpAt(port), /^a=sendrecv/m, false],
    ] as const) {
      const cseq = callee.request('INVITE', { body });
      await expect.poll(() => callee.responses.get(cseq)).toMatch(expected);
      expect(call.leg.isOnHold).toBe(isOnHold);
    }
    expect(await call.leg.play(TONE)).toEqual({ outcome: 'finished' });
    await hangUp(call);
  });
});

describe('a dial', () => {
  it('for codecs that the worker has not is refused', async () => {
    const telephony = await network.telephony(null, { ...WORKER, allowedSipHosts: ['127.0.0.1'] });
    const request = { jobId: 'job-1', callTo: 'sip:someone@127.0.0.1', headers: {} };
    await expect(telephony.prepare({ ...request, codecs: 'opus;g722' })).rejects.toMatchObject({
      code: 'NO_CODEC',
      retryable: false,
      issues: [{ path: 'codecs', value: 'opus;g722' }],
    });
    await (await telephony.prepare({ ...request, codecs: 'opus;g711u' })).discard();
  });

  it('without a free port is refused, and may be tried again', async () => {
    const first = 24_000 + (process.pid % 1000) * 4;
    const telephony = await network.telephony(null, {
      ...WORKER,
      allowedSipHosts: ['127.0.0.1'],
      rtp: { ports: [first, first + 3] },
    });
    const request = { jobId: 'job-1', callTo: 'sip:someone@127.0.0.1', headers: {} };
    const dials = [await telephony.prepare(request), await telephony.prepare(request)];
    await expect(telephony.prepare(request)).rejects.toMatchObject({ code: 'NO_MEDIA', retryable: true });
    await Promise.all(dials.map((prepared) => prepared.discard()));
    // The sockets are closed a moment after the dials.
    await vi.waitFor(async () => (await telephony.prepare(request)).discard(), 30_000);
  });

  it('takes FreeSWITCH for codecs beyond G.711 where both make media', async () => {
    const telephony = await telephonyOn(network.servers, null, {
      media: 'auto',
      allowedSipHosts: ['127.0.0.1'],
    });
    network.onEnd(() => telephony.close());
    const request = { jobId: 'job-1', callTo: 'sip:someone@127.0.0.1', headers: {} };
    const own = await telephony.prepare(request);
    expect(own.whereabouts.endpointUuid).toBeUndefined();
    await own.discard();
    await telephony.ready();
    await expect.poll(() => telephony.servers().every(({ isUp }) => isUp)).toBe(true);
    const other = await telephony.prepare({ ...request, codecs: 'g722;g711a' });
    expect(other.whereabouts.endpointUuid).toMatch(/^[0-9a-f-]{36}$/);
    await other.discard();
  });
});

describe('a media thread', () => {
  it.each(['die', 'hang'])('that %s ends its calls as lost, and others go on', async (how) => {
    const { port } = await ear();
    const { address } = await network.raw((call) => call.respond('200 OK', { body: sdpAt(port) }), WORKER);
    const mortal = await telephonyOn(
      network.servers,
      null,
      { ...WORKER, rtp: { threads: 2 }, routes: [{ host: 'callee', address }] },
      new URL('./mortal-thread.mjs', import.meta.url),
    );
    network.onEnd(() => mortal.close());
    const [victim, other] = [
      await dial(mortal, {}, connectOnAnswer),
      await dial(mortal, {}, connectOnAnswer),
    ];
    await Promise.all([victim.next('mediaConnected'), other.next('mediaConnected')]);
    void victim.leg.play(how);
    expect(await victim.over).toMatchObject({ type: 'lost', part: 'media', address: '' });
    expect(await victim.leg.untilGone()).toBe(true);
    expect(await other.leg.play(TONE)).toEqual({ outcome: 'finished' });
    await hangUp(other);
  });
});
