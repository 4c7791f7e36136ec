import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { directory, outdial, Running } from './support/outdial.js';

let redis: RedisServer;
let lab: Running;
let drachtio: unknown;
beforeAll(async () => {
  redis = await startRedis({ appendOnly: true });
  lab = new Running(['lab', '--json'], {});
  ({ drachtio } = ((await lab.record()) as { telephony: { drachtio: unknown } }).telephony);
});
afterAll(async () => {
  lab.kill();
  await redis.close();
});

async function doctor(rtp: object, sounds: object = {}, trunks: object[] = []): Promise<string> {
  const path = join(directory, 'worker-media.yaml');
  const telephony = { drachtio, media: 'worker', rtp, sounds, trunks };
  writeFileSync(path, JSON.stringify({ redis: { url: redis.url }, telephony }));
  return (await outdial(['doctor'], { OUTDIAL_CONFIG: path })).stdout;
}

it('doctor checks the RTP address and ports where the worker makes the media, and no FreeSWITCH', async () => {
  const stdout = await doctor({});
  expect(stdout).toMatch(/ok +RTP address: callees are told to send audio to 127\.0\.0\.1\n/);
  expect(stdout).toMatch(/ok +RTP sockets: can be bound to 0\.0\.0\.0\n/);
  expect(stdout).toContain('RTP ports');
  expect(stdout).not.toContain('FreeSWITCH');
});

it('doctor says that an address cannot be bound, and how to fix it', async () => {
  expect(await doctor({ listenHost: '192.0.2.1' })).toMatch(
    /PROBLEM RTP sockets: cannot be bound: 192\.0\.2\.1:16384: EADDRNOTAVAIL\n +fix: set telephony\.rtp\.listenHost/,
  );
});

it('doctor warns of SRTP keys that go unencrypted', async () => {
  const trunk = { address: '127.0.0.1:9', callerIds: 'any' };
  const stdout = await doctor({}, {}, [
    { ...trunk, name: 'open', transport: 'tcp', srtp: 'required' },
    { ...trunk, name: 'closed', transport: 'tls', srtp: 'optional' },
    { ...trunk, name: 'plain' },
  ]);
  expect(stdout).toMatch(
    /warning trunk open SRTP: is required, and its keys go unencrypted over TCP: .*\n +fix: set "transport"/,
  );
  expect(stdout).toMatch(/ok +trunk closed SRTP: is optional; its keys go over TLS\n/);
  expect(stdout).not.toContain('trunk plain SRTP');
});

it('doctor finds the files that waiting jobs play and that may not, or cannot, be played', async () => {
  const play = (source: string) => ({ step: 'play', source });
  const steps = [
    play('there.wav'),
    play('missing.wav'),
    play('/etc/hostname'),
    play('tone_stream://%(1,0,440)'),
  ];
  const job = JSON.stringify({ callTo: 'sip:human@lab', onAnswered: { LIVE: steps } });
  writeFileSync(join(directory, 'there.wav'), '');
  await outdial(['enqueue', '-'], { OUTDIAL_REDIS_URL: redis.url }, `${job}\n`);
  expect(await doctor({})).toMatch(/PROBLEM sounds: waiting jobs play files, and none may be played\n/);
  expect(await doctor({}, { directory })).toContain(`not in ${directory}: /etc/hostname, missing.wav\n`);
});
