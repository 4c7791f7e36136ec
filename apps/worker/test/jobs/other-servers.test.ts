import { parseCallJob } from '@outdial/contract';
import type { Ledger } from '@outdial/ledger';
import { parseTelephonyConfiguration, Telephony } from '@outdial/telephony';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { useWorkers, WITHIN } from '../support.js';

const scene = useWorkers();

/** A call that rings, of a worker that is lost; resolves once it is on record. */
async function leaveRinging(ledger: Ledger, callTo: string): Promise<string> {
  const { drachtio, freeswitch } = scene.engines;
  const telephony = await Telephony.connect(
    parseTelephonyConfiguration({
      drachtio: [drachtio],
      freeswitch: [freeswitch],
      allowedSipHosts: ['127.0.0.1'],
    }),
    { logger: pino({ level: 'silent' }) },
  );
  await telephony.ready();
  const job = parseCallJob({ id: 'left', callTo });
  const prepared = await telephony.prepare({ ...job, jobId: job.id });
  const [jobId, workerId, token] = [job.id, 'lost', 'its-token'];
  await ledger.heartbeat(workerId, { ttlMs: 60_000 });
  await ledger.claim({ jobId, workerId, job, token });
  await new Promise<void>((resolve) => {
    prepared.dial((event) => {
      if (event.type === 'progressed') resolve();
    });
  });
  await ledger.record(jobId, token, {
    phase: 'ringing',
    legs: [prepared.whereabouts],
  });
  await telephony.close();
  await ledger.retire(workerId);
  return jobId;
}

/** A worker that knows drachtio by this host name. */
function startNaming(host: string) {
  return scene.start({ telephony: { drachtio: [{ ...scene.engines.drachtio, host }] } });
}

it('a lost worker’s call on a drachtio that its taker does not have is left to a worker that has it', async () => {
  const callee = await scene.callee({ scenario: 'rings-until-cancelled', calls: 1 });
  const { ledger } = scene;
  const jobId = await leaveRinging(ledger, `sip:callee@${callee.address}`);

  const stranger = await startNaming('localhost');
  // The result needs no drachtio.
  const lost = { jobId, error: { code: 'WORKER_LOST' } };
  await expect.poll(() => scene.resultsOf(jobId), WITHIN).toMatchObject([lost]);
  const { host, port } = scene.engines.drachtio;
  await expect.poll(() => ledger.lostWorkers()).toEqual([`waiting-for:${host}:${port}`]);
  const published = { isReleased: false, isResultPublished: true };
  await expect.poll(() => ledger.get(jobId)).toMatchObject(published);
  expect(callee.log().map(({ method }) => method)).toEqual(['INVITE']);

  const acquaintance = await startNaming(host);
  expect(await callee.finished).toBe(0);
  await expect.poll(() => ledger.get(jobId)).toMatchObject({ isReleased: true });
  expect(await ledger.lostWorkers()).toEqual([]);
  expect(await Promise.all([stranger.drain(), acquaintance.drain()])).toEqual([true, true]);
  expect(scene.resultsOf(jobId)).toHaveLength(1);
});
