import type { WorkerStatus } from '@outdial/contract';
import { expect, test } from 'vitest';
import { LONG_MS, useRedis } from './support.js';

const redis = useRedis();

test('workers are told with what they told of themselves', async () => {
  const ledger = redis.newLedger();
  const status: WorkerStatus = {
    ...{ version: '1.2.3', host: 'h', pid: 1, startedAt: 1, at: 2, isDraining: false },
    ...{ callsAllowed: 100, isSlowed: false, callsTakenOver: 3, cores: 0.5, memoryBytes: 1000 },
    servers: [{ kind: 'drachtio', address: 'a:9022', isUp: false, busyCalls: 0, problem: 'refused' }],
  };
  for (const workerId of ['told', 'silent', 'newer']) await ledger.heartbeat(workerId, { ttlMs: LONG_MS });
  await ledger.reportStatus('told', status);
  // What another version tells in another shape is not believed.
  await ledger.reportStatus('newer', { servers: 7 } as never);
  await ledger.reportStatus('unregistered', status);
  const told = Object.fromEntries((await ledger.workers()).map((worker) => [worker.workerId, worker.status]));
  expect(told).toEqual({ told: status, silent: null, newer: null });
});
