import { CallEvents, CallQueue, CallResults } from '@outdial/client';
import type { CallResult } from '@outdial/contract';
import { type Engines, type RedisServer, startEngines, startRedis, startSipp } from '@outdial/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { CallRunner } from '../src/call-runner.js';
import { parseWorkerConfiguration } from '../src/configuration.js';
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

it('a call that a defect makes its worker lose hold of is released, and gets its result', async () => {
  const callee = await startSipp({ scenario: 'rings-until-cancelled', calls: 1 });
  const events = new CallEvents({ redis: redis.url });
  const queue = new CallQueue({ redis: redis.url });
  const results = new CallResults({ redis: redis.url });
  const run = CallRunner.prototype.run;
  vi.spyOn(CallRunner.prototype, 'run').mockImplementationOnce(async function (this: CallRunner) {
    void run.call(this);
    for await (const { event } of events.follow({ from: '0' })) {
      if (event.type === 'ringing') break;
    }
    throw new Error('a defect');
  });
  const worker = await startWorker(
    parseWorkerConfiguration({
      redis: { url: redis.url },
      health: { port: 0 },
      logLevel: 'silent',
      telephony: {
        drachtio: [engines.drachtio],
        freeswitch: [engines.freeswitch],
        allowedSipHosts: ['127.0.0.1'],
      },
    }),
  );
  const { id } = await queue.add({ callTo: `sip:callee@${callee.address}` });
  const result = await new Promise<CallResult>((resolve) => {
    void results.consume(async (one) => resolve(one));
  });
  expect(result).toMatchObject({ jobId: id, rang: true, state: 'ERROR', error: { code: 'INTERNAL' } });
  // SIPp's scenario is over only after CANCEL, 487 and ACK.
  expect(await callee.finished).toBe(0);
  await expect.poll(() => queue.counts()).toMatchObject({ active: 0, completed: 1 });
  expect(await worker.drain()).toBe(true);
  await Promise.all([results.close(), events.close(), queue.close(), callee.stop()]);
});
