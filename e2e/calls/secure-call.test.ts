import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate, sipHeader, srtpStreamOf } from '@outdial/testkit';
import { recording } from '@outdial/testkit/sounds';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { TlsCallee } from '../support/tls-callee.js';
import { WorkerProcess } from '../support/worker-process.js';

const ringTone = 440;
const redisDir = mkdtempSync(join(tmpdir(), 'outdial-secure-'));
const key = { inline: randomBytes(30).toString('base64'), tagBytes: 10 };
let stack: Stack;
let callee: TlsCallee;
let worker: WorkerProcess;

beforeAll(async () => {
  const [own, theirs] = await Promise.all([makeCertificate(), makeCertificate()]);
  callee = await TlsCallee.start(
    // The callee, too, wants to know with whom it speaks; a real drachtio has a certificate of its own.
    {
      ...theirs,
      requestCert: true,
      ca: own.cert,
      rejectUnauthorized: process.env.OUTDIAL_TEST_DRACHTIO === undefined,
    },
    key,
    recording('hello'),
  );
  stack = await Stack.start({
    withWorker: false,
    redisArgs: ['--dir', redisDir, '--appendfsync', 'always'],
    lab: { drachtioTls: { ...own, ca: theirs.cert, verifies: true } },
  });
  const trunk = {
    name: 'secure',
    address: `127.0.0.1:${callee.port}`,
    transport: 'tls',
    srtp: 'required',
    callerIds: 'any',
  } as const;
  worker = await WorkerProcess.start(
    stack.configuration({
      telephony: { drachtio: [stack.servers.drachtio], media: 'worker', trunks: [trunk] },
    }),
    'trace',
  );
});
afterAll(async () => {
  await worker?.end('SIGTERM');
  callee?.close();
  await stack?.close();
  rmSync(redisDir, { recursive: true });
});

it('a call over TLS with SRTP is heard, played to and hung up, and its keys are written nowhere', async () => {
  const source = `tone_stream://%(1000,0,${ringTone})`;
  const { id } = await stack.queue.add({
    callTo: 'tel:+441632960001',
    callFrom: '+441632960000',
    liveSpeakerDetect: 'DEFAULT',
    onAnswered: { LIVE: [{ step: 'play', source }] },
  });
  expect(await stack.inbox.of(id)).toMatchObject({ state: 'ANSWERED', trunk: 'secure', farEndType: 'LIVE' });
  const events = await stack.eventsOf(id);
  const ended = events.find(({ type }) => type === 'ended');
  expect(ended).toMatchObject({ ended: { endedBy: 'PLAN', steps: [{ step: 'play', outcome: 'finished' }] } });

  const [invite, bye] = await Promise.all([callee.request('INVITE'), callee.request('BYE')]);
  expect(sipHeader(invite, 'Via')).toMatch(/^SIP\/2\.0\/TLS /);
  expect(sipHeader(invite, 'Contact')).toMatch(/^<sips?:[^>]*;transport=tls/);
  expect(invite).toMatch(/^INVITE sip:\+441632960001@127\.0\.0\.1:\d+;transport=tls SIP/);
  expect(invite).toMatch(/^m=audio \d+ RTP\/SAVP /m);
  // In the dialog it goes to the Contact of the callee, over TLS again.
  expect(bye).toMatch(/^BYE sips:callee@127\.0\.0\.1/);
  expect(sipHeader(bye, 'Via')).toMatch(/^SIP\/2\.0\/TLS /);
  expect(shareAt(callee.heardPcm, ringTone)).toBeGreaterThan(0.9);

  await worker.end('SIGTERM');
  const folder = join(redisDir, 'appendonlydir');
  const written = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'));
  const all = [JSON.stringify(events), ...worker.log, ...written].join('\n');
  expect(all).toContain(id);
  for (const secret of [key.inline, srtpStreamOf(invite, 1).inline, srtpStreamOf(invite, 2).inline])
    expect(all).not.toContain(secret);
});

/** The share of the energy that is at this frequency (Goertzel), from the first sound on. */
function shareAt(pcm: Int16Array, hz: number): number {
  const sound = pcm.subarray(pcm.findIndex((sample) => Math.abs(sample) > 1000)).subarray(0, 6400);
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / 8000);
  let [one, two, energy] = [0, 0, 0];
  for (const sample of sound) {
    [one, two] = [sample + coefficient * one - two, one];
    energy += sample * sample;
  }
  return (2 * (one * one + two * two - coefficient * one * two)) / (sound.length * energy);
}
