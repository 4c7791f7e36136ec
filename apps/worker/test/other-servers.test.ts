import { CallResults } from '@outdial/client';
import { type CallResult, parseCallJob } from '@outdial/contract';
import { Ledger } from '@outdial/ledger';
import { parseTelephonyConfiguration, Telephony } from '@outdial/telephony';
import { type Engines, type RedisServer, startEngines, startRedis, startSipp } from '@outdial/testkit';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseWorkerConfiguration } from '../src/configuration.js';
import { knownWhereabouts } from '../src/whereabouts.js';
import { startWorker } from '../src/worker.js';

let redis: RedisServer;
let engines: Engines;
beforeAll(async () => {
  [redis, engines] = await Promise.all([startRedis(), startEngines()]);
});
afterAll(async () => {
  await engines.stop();
  await redis.stop();
});

/** A call that rings, of a worker that is lost; resolves once it is on record. */
async function leaveRinging(ledger: Ledger, callTo: string): Promise<string> {
  const { drachtio, freeswitch } = engines;
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
    whereabouts: knownWhereabouts(prepared.whereabouts),
  });
  await telephony.close();
  await ledger.retire(workerId);
  return jobId;
}

/** A worker that knows drachtio by this host name. */
function startNaming(host: string) {
  const { drachtio, freeswitch } = engines;
  return startWorker(
    parseWorkerConfiguration({
      redis: { url: redis.url },
      health: { port: 0 },
      logLevel: 'silent',
      telephony: { drachtio: [{ ...drachtio, host }], freeswitch: [freeswitch] },
    }),
  );
}

it('a lost worker’s call on a drachtio that its taker does not have is left to a worker that has it', async () => {
  const callee = await startSipp({ scenario: 'rings-until-cancelled', calls: 1 });
  const connection = new Redis(redis.url);
  const ledger = new Ledger(connection);
  const results = new CallResults({ redis: redis.url });
  const published = new Promise<CallResult>((resolve) => {
    void results.consume(async (one) => resolve(one));
  });
  const jobId = await leaveRinging(ledger, `sip:callee@${callee.address}`);

  const stranger = await startNaming('localhost');
  // The result needs no drachtio.
  expect(await published).toMatchObject({ jobId, error: { code: 'WORKER_LOST' } });
  const { host, port } = engines.drachtio;
  await expect.poll(() => ledger.lostWorkers()).toEqual([`whoever-has:${host}:${port}`]);
  expect(await ledger.get(jobId)).toMatchObject({ isReleased: false, isResultPublished: true });
  expect(callee.log().map(({ method }) => method)).toEqual(['INVITE']);

  const acquaintance = await startNaming(host);
  expect(await callee.finished).toBe(0);
  await expect.poll(() => ledger.get(jobId)).toMatchObject({ isReleased: true });
  expect(await ledger.lostWorkers()).toEqual([]);
  expect(await Promise.all([stranger.drain(), acquaintance.drain()])).toEqual([true, true]);
  await Promise.all([results.close(), callee.stop(), connection.quit()]);
});
