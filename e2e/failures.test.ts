import { startSipp } from '@outdial/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Stack } from './stack.js';
import { WorkerProcess } from './worker-process.js';

let stack: Stack;
const workers: WorkerProcess[] = [];
beforeEach(async () => {
  // Redis is killed here: with `everysec` it may lose what it took while a sync to a busy disk was under way.
  stack = await Stack.start({ withWorker: false, redisArgs: ['--appendfsync', 'always'] });
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.end('SIGKILL');
  await stack.stop();
});

async function startWorkerProcess(): Promise<WorkerProcess> {
  const worker = await WorkerProcess.start(stack.configuration());
  workers.push(worker);
  return worker;
}

function jobsTo(address: string, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    id: `job-${index}`,
    callTo: `sip:callee@${address}`,
    headers: { 'X-Job': `job-${index}` },
  }));
}

/** The callee's own count of INVITEs, by job; a retransmission has the Call-ID of the first. */
function invitesByJob(callee: Awaited<ReturnType<typeof startSipp>>): Record<string, number> {
  const callIds = new Map<string, Set<string>>();
  for (const entry of callee.log().filter(({ method }) => method === 'INVITE')) {
    const job = entry.headers['x-job'] ?? 'none';
    callIds.set(job, (callIds.get(job) ?? new Set()).add(entry.callId));
  }
  return Object.fromEntries([...callIds].map(([job, ids]) => [job, ids.size]));
}

describe('a worker killed by SIGKILL while it rings 50 callees', () => {
  it('leaves one INVITE and exactly one result a job once another worker runs, and nothing up', async () => {
    const callee = await startSipp({ scenario: 'rings-until-cancelled', calls: 50 });
    const jobs = jobsTo(callee.address, 50);
    const ids = jobs.map((job) => job.id);
    const first = await startWorkerProcess();
    await stack.queue.addBulk(jobs);
    await Promise.all(ids.map((id) => stack.event(id, 'ringing')));
    await first.end('SIGKILL');
    await startWorkerProcess();

    const results = await stack.inbox.ofAll(ids);
    expect(results.map(({ state, error }) => [state, error?.code])).toEqual(
      ids.map(() => ['ERROR', 'WORKER_LOST']),
    );
    expect(results.every(({ rang }) => rang)).toBe(true);
    // Every leg was released: SIPp's scenario is over only after CANCEL, 487 and ACK of each call.
    await callee.finished;
    expect(invitesByJob(callee)).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
    expect(ids.map((id) => stack.inbox.count(id))).toEqual(ids.map(() => 1));
    await callee.stop();
  });
});

describe('Redis gone for 5 s mid-campaign', () => {
  it('loses no job and dials none twice, and the worker is back by itself', async () => {
    const callee = await startSipp({ scenario: 'rejects-busy-486', calls: 200 });
    const jobs = jobsTo(callee.address, 200);
    const ids = jobs.map((job) => job.id);
    await stack.startWorker({ lanes: { default: { concurrency: 5 } } });
    await stack.queue.addBulk(jobs);
    await stack.inbox.of('job-20');
    await stack.redis.kill();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    await stack.redis.restart();

    const results = await stack.inbox.ofAll(ids);
    expect(results.map(({ cause }) => cause)).toEqual(ids.map(() => 'BUSY'));
    expect(invitesByJob(callee)).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
    expect(ids.map((id) => stack.inbox.count(id))).toEqual(ids.map(() => 1));
    await callee.stop();
  }, 60_000);
});

describe('a worker that is stopped by SIGTERM', () => {
  it('hangs up what is still up after its time to drain, publishes every result and exits with 0', async () => {
    const callee = await startSipp({ scenario: 'rings-until-cancelled', calls: 5 });
    const jobs = jobsTo(callee.address, 5);
    const worker = await startWorkerProcess();
    await stack.queue.addBulk(jobs);
    await Promise.all(jobs.map(({ id }) => stack.event(id, 'ringing')));
    workers.splice(0);
    expect(await worker.end('SIGTERM')).toBe(0);
    const results = await stack.inbox.ofAll(jobs.map(({ id }) => id));
    expect(results.map(({ error }) => error?.code)).toEqual(jobs.map(() => 'DRAINED'));
    await callee.finished;
    await callee.stop();
  });
});
