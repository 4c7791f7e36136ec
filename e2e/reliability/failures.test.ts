import { DEFAULT_PREFIX, laneQueueName } from '@outdial/contract';
import { type Intercept, openIntercept, startSipp } from '@outdial/testkit';
import type { WorkerConfigurationInput } from '@outdial/worker';
import { Redis } from 'ioredis';
import { describe, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { WorkerProcess } from '../support/worker-process.js';

/** For each of the tests, all of which are at it at once. */
const WITHIN_MS = 90_000;

/** A network of a test's own, and worker processes on it. */
interface Scene {
  stack: Stack;
  startWorkerProcess(configuration?: WorkerConfigurationInput): Promise<WorkerProcess>;
}

async function setUp(onTestFinished: (end: () => Promise<void>, withinMs: number) => void): Promise<Scene> {
  const workers: WorkerProcess[] = [];
  // Redis is killed here, the machine is not: what was written is safe without a sync. With `everysec` it may
  // not be written yet while a sync to a busy disk is under way, and with `always` each step waits for such a
  // disk.
  const stack = await Stack.start({ withWorker: false, redisArgs: ['--appendfsync', 'no'] });
  onTestFinished(async () => {
    await Promise.all(workers.map((worker) => worker.end('SIGKILL')));
    await stack.close();
  }, WITHIN_MS);
  const startWorkerProcess = async (configuration = stack.configuration()) => {
    const worker = await WorkerProcess.start(configuration);
    workers.push(worker);
    return worker;
  };
  return { stack, startWorkerProcess };
}

function jobsTo(address: string, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    id: `job-${index}`,
    callTo: `sip:callee@${address}`,
    headers: { 'X-Job': `job-${index}` },
  }));
}

/** Intercepts that drop the server's replies once a certain text has gone to it. */
function mutedBy(text: string): () => Intercept {
  return () => {
    let isMute = false;
    return {
      toServer: (data) => {
        isMute ||= data.includes(text);
        return data;
      },
      toClient: (data) => (isMute ? null : data),
    };
  };
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

describe.concurrent('a worker killed by SIGKILL while it rings 50 callees', { timeout: WITHIN_MS }, () => {
  it('leaves one INVITE and exactly one result a job once another worker runs, and nothing up', async ({
    expect,
    onTestFinished,
  }) => {
    const { stack, startWorkerProcess } = await setUp(onTestFinished);
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
    await callee.close();
  });
});

describe.concurrent('a worker killed between sending an INVITE and learning its transaction', {
  timeout: WITHIN_MS,
}, () => {
  it('leaves a leg that cannot be cancelled to its Expires; the result says WORKER_LOST', async ({
    expect,
    onTestFinished,
  }) => {
    const { stack, startWorkerProcess } = await setUp(onTestFinished);
    const { drachtio } = stack.servers;
    const proxy = await openIntercept(drachtio, mutedBy('INVITE sip:no-answer@'));
    const { telephony } = stack.configuration();
    const configuration = stack.configuration({
      telephony: { ...telephony, drachtio: [{ ...drachtio, port: proxy.port }] },
    });
    const { log } = stack.callees;
    const isInvite = ({ method, status }: { method: string; status?: number }) =>
      method === 'INVITE' && status === undefined;
    const first = await startWorkerProcess(configuration);
    const { id } = await stack.queue.add({ callTo: 'sip:no-answer@lab', secondsTimeout: 2 });
    expect((await log.waitFor(isInvite, 20_000)).headers.Expires).toBe('5');
    await first.end('SIGKILL');
    await startWorkerProcess(configuration);

    expect(await stack.inbox.of(id)).toMatchObject({ state: 'ERROR', error: { code: 'WORKER_LOST' } });
    await log.waitFor(({ method, status }) => method === 'INVITE' && status === 487, 15_000);
    expect(log.requests('CANCEL')).toEqual([]);
    expect(log.requests('INVITE')).toHaveLength(1);
    await proxy.close();
  });
});

describe.concurrent('Redis killed mid-campaign', { timeout: WITHIN_MS }, () => {
  it('loses no job, dials none twice, and the worker recovers by itself', async ({
    expect,
    onTestFinished,
  }) => {
    const { stack } = await setUp(onTestFinished);
    const callee = await startSipp({ scenario: 'rejects-busy-486', calls: 200 });
    const jobs = jobsTo(callee.address, 200);
    const ids = jobs.map((job) => job.id);
    const { healthPort } = await stack.startWorker({ lanes: { default: { concurrency: 5 } } });
    await stack.queue.addBulk(jobs);
    await stack.inbox.of('job-20');
    await stack.redis.kill();
    // It is away for so long that the worker has noticed it.
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).ok).toBe(false);
    await stack.redis.restart();

    const results = await stack.inbox.ofAll(ids);
    expect(results.map(({ cause }) => cause)).toEqual(ids.map(() => 'BUSY'));
    expect(invitesByJob(callee)).toEqual(Object.fromEntries(ids.map((id) => [id, 1])));
    expect(ids.map((id) => stack.inbox.count(id))).toEqual(ids.map(() => 1));
    await callee.close();
  });
});

describe.concurrent('a worker that is stopped by SIGTERM', { timeout: WITHIN_MS }, () => {
  it('hangs up what is still up after its time to drain, publishes every result and exits with 0', async ({
    expect,
    onTestFinished,
  }) => {
    const { stack, startWorkerProcess } = await setUp(onTestFinished);
    const callee = await startSipp({ scenario: 'rings-until-cancelled', calls: 5 });
    const jobs = jobsTo(callee.address, 5);
    const worker = await startWorkerProcess();
    await stack.queue.addBulk(jobs);
    await Promise.all(jobs.map(({ id }) => stack.event(id, 'ringing')));
    expect(await worker.end('SIGTERM')).toBe(0);
    const results = await stack.inbox.ofAll(jobs.map(({ id }) => id));
    expect(results.map(({ error }) => error?.code)).toEqual(jobs.map(() => 'DRAINED'));
    await callee.finished;
    await callee.close();
  });

  it('exits with 0 while Redis is away when nothing is left to settle', async ({
    expect,
    onTestFinished,
  }) => {
    const { stack, startWorkerProcess } = await setUp(onTestFinished);
    const worker = await startWorkerProcess();
    await stack.call({ callTo: 'sip:busy@lab' });
    await expect.poll(() => stack.queue.counts()).toMatchObject({ active: 0, completed: 1 });
    await stack.redis.kill();
    expect(await worker.end('SIGTERM')).toBe(0);
    await stack.redis.restart();
  });

  it('hangs up while Redis is away, and exits with 0 once it has published', async ({
    expect,
    onTestFinished,
  }) => {
    const { stack, startWorkerProcess } = await setUp(onTestFinished);
    const callee = await startSipp({ scenario: 'rings-until-cancelled', calls: 5 });
    const jobs = jobsTo(callee.address, 5);
    const worker = await startWorkerProcess();
    await stack.queue.addBulk(jobs);
    await Promise.all(jobs.map(({ id }) => stack.event(id, 'ringing')));
    await stack.redis.kill();
    const gone = worker.end('SIGTERM');
    await callee.finished;
    await stack.redis.restart();
    expect(await gone).toBe(0);
    const results = await stack.inbox.ofAll(jobs.map(({ id }) => id));
    expect(results.map(({ error }) => error?.code)).toEqual(jobs.map(() => 'DRAINED'));
    await callee.close();
  });
});

describe.concurrent('a job that comes back after longer than the ledger remembers', {
  timeout: WITHIN_MS,
}, () => {
  it('is not dialled, since it may have been dialled before: its result is HISTORY_LOST', async ({
    expect,
    onTestFinished,
  }) => {
    const { stack } = await setUp(onTestFinished);
    const { id, lane } = await stack.queue.add({ callTo: 'sip:busy@lab' });
    const redis = new Redis(stack.redis.url);
    // As BullMQ leaves a job whose worker held it, and went away with every other worker for a long time.
    const record = { timestamp: Date.now() - 61_000, ats: 1, stc: 1 };
    await redis.hset(`${DEFAULT_PREFIX}:${laneQueueName(lane)}:${id}`, record);
    await redis.quit();
    await stack.startWorker({ retention: { ageSeconds: 60 } });
    expect(await stack.inbox.of(id)).toMatchObject({ state: 'ERROR', error: { code: 'HISTORY_LOST' } });
    expect(stack.callees.log.requests('INVITE')).toEqual([]);
  });

  it('is dialled when the ledger would remember a claim', async ({ expect, onTestFinished }) => {
    const { stack } = await setUp(onTestFinished);
    const { id, lane } = await stack.queue.add({ callTo: 'sip:busy@lab' });
    const redis = new Redis(stack.redis.url);
    await redis.hset(`${DEFAULT_PREFIX}:${laneQueueName(lane)}:${id}`, { ats: 1, stc: 1 });
    await redis.quit();
    await stack.startWorker({ retention: { ageSeconds: 60 } });
    expect(await stack.inbox.of(id)).toMatchObject({ cause: 'BUSY' });
  });
});
