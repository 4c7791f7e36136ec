import { fork } from 'node:child_process';
import { once } from 'node:events';
import { buildResult, callIdentity } from '@outdial/contract';
import { startRedis } from '@outdial/testkit';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, test, vi } from 'vitest';
import { CallResults } from '../src/index.js';
import { type App, eventually, useRedis } from './support.js';

const redis = useRedis();

async function publish(app: App, ...ids: string[]) {
  for (const id of ids) {
    const result = buildResult(
      callIdentity({ id, callTo: 'sip:human@lab', lane: 'default', metadata: {} }, 'w1'),
    );
    await app.ledger.settle(id, null, result);
    await app.outbox.publishResult(result);
  }
}

function resultsQueue(app: App): Queue {
  return redis.closed(new Queue('results', { connection: redis.redis, prefix: app.prefix }));
}

describe('consume', () => {
  test('competing consumers share the results, each result once', async () => {
    const app = redis.app();
    const seen: string[] = [];
    const results = app.results();
    results.consume(({ jobId }) => void seen.push(`a ${jobId}`));
    results.consume(({ jobId }) => void seen.push(`b ${jobId}`), { concurrency: 5 });
    const ids = Array.from({ length: 50 }, (_, i) => `job-${i}`);
    await publish(app, ...ids);
    await eventually(() => seen.length).toBe(50);
    expect(new Set(seen.map((entry) => entry.slice(2))).size).toBe(50);
  });

  test('a handler that throws gets the result again, and after its last attempt it stays among the failed', async () => {
    const app = redis.app();
    let calls = 0;
    app.results().consume(
      () => {
        calls++;
        throw new Error('the database is away');
      },
      { attempts: 3, backoffMs: 5 },
    );
    await publish(app, 'job-1');
    const queue = resultsQueue(app);
    await eventually(() => queue.getFailedCount()).toBe(1);
    expect(calls).toBe(3);
  });

  test('a consumer gets the results of its own results queue alone', async () => {
    const app = redis.app();
    const seen: string[] = [];
    redis
      .closed(new CallResults({ ...app.common, resultsQueue: 'spring' }))
      .consume(({ jobId }) => void seen.push(jobId));
    for (const [id, resultsQueue] of [
      ['job-1', 'results'],
      ['job-2', 'spring'],
      ['job-3', 'autumn'],
    ] as const) {
      await app.queue.add({ id, callTo: 'sip:human@lab', resultsQueue });
      // A cancel makes the result of a job that waits.
      await app.queue.cancel(id);
    }
    await eventually(() => seen).toEqual(['job-2']);
    expect(await resultsQueue(app).getWaitingCount()).toBe(1);
  });

  test.each(['ended', 'calls-default', 'ended-spring', 'a:b', ''])(
    'no results queue can be named %j, neither by a job nor by a consumer',
    async (name) => {
      const app = redis.app();
      expect(() => new CallResults({ ...app.common, resultsQueue: name })).toThrow(/^resultsQueue: /);
      await expect(app.queue.add({ callTo: 'sip:human@lab', resultsQueue: name })).rejects.toMatchObject({
        code: 'INVALID_JOB',
        issues: [{ path: 'resultsQueue', value: name }],
      });
    },
  );

  test('what breaks the contract holds nothing up', async () => {
    const app = redis.app();
    const seen: string[] = [];
    const queue = resultsQueue(app);
    await queue.add('result', { jobId: 'garbage' });
    app.results().consume(({ jobId }) => void seen.push(jobId));
    await publish(app, 'job-1');
    await eventually(() => seen).toEqual(['job-1']);
    expect((await queue.getFailed()).map(({ failedReason }) => failedReason)).toEqual([
      expect.stringMatching(/^breaks the contract: callId: /),
    ]);
  });

  test('consumers outlive a restart of Redis', async () => {
    const server = await startRedis({ appendOnly: true });
    const results = new CallResults({ redis: server.url, prefix: '{restart}' });
    const seen: string[] = [];
    results.consume(({ jobId }) => void seen.push(jobId));
    const client = new Redis(server.url);
    client.on('error', () => undefined);
    const queue = new Queue('results', { connection: client, prefix: '{restart}' });
    queue.on('error', () => undefined);
    const add = (id: string) =>
      queue.add(
        'result',
        buildResult(callIdentity({ id, callTo: 'sip:human@lab', lane: 'default', metadata: {} }, 'w1')),
      );
    await add('job-1');
    await eventually(() => seen).toEqual(['job-1']);
    await server.kill();
    await server.restart();
    await add('job-2');
    await eventually(() => seen).toEqual(['job-1', 'job-2']);
    await results.close();
    await queue.close();
    client.disconnect();
    await server.close();
  });
});

describe('close', () => {
  test('does not wait for a connection that is about to be made again', async () => {
    const app = redis.app();
    const seen: string[] = [];
    const results = app.results();
    const duplicate = vi.spyOn(Redis.prototype, 'duplicate');
    results.consume(({ jobId }) => void seen.push(jobId));
    await publish(app, 'job-1');
    await eventually(() => seen).toEqual(['job-1']);
    // On a connection of its own it waits for more. When that is lost, BullMQ lets a second go by.
    const waiting: Redis = duplicate.mock.results.at(-1)?.value;
    duplicate.mockRestore();
    const lost = once(waiting, 'reconnecting');
    waiting.disconnect(true);
    await lost;
    await results.close();
    expect(waiting.status).toBe('end');
  });
});

describe('for await', () => {
  test('asking for the next acknowledges the one before; leaving the loop puts the last one back', async () => {
    const app = redis.app();
    await publish(app, 'job-1', 'job-2', 'job-3');
    const seen: string[] = [];
    for await (const { jobId } of app.results()) {
      seen.push(jobId);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual(['job-1', 'job-2']);
    const queue = resultsQueue(app);
    expect((await queue.getCompleted()).map(({ data }) => data.jobId)).toEqual(['job-1']);
    expect((await queue.getWaiting()).map(({ data }) => data.jobId).sort()).toEqual(['job-2', 'job-3']);
  });

  test('close ends a loop that waits for the next', async () => {
    const app = redis.app();
    const results = app.results();
    await publish(app, 'job-1');
    const seen: string[] = [];
    const loop = (async () => {
      for await (const { jobId } of results) {
        seen.push(jobId);
      }
    })();
    await eventually(() => resultsQueue(app).getCompletedCount()).toBe(1);
    await results.close();
    await loop;
    expect(seen).toEqual(['job-1']);
  });

  test('the result of a consumer that is killed goes to another', async () => {
    const app = redis.app();
    await publish(app, 'job-1');
    const child = fork(new URL('./hold-result.mjs', import.meta.url), [redis.server.url, app.prefix]);
    const [held] = await once(child, 'message');
    expect(held).toBe('job-1');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const iterator = app.results({ lockMs: 300 })[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ jobId: 'job-1' });
    await iterator.return?.();
  });
});

describe('peek', () => {
  test('looks at all that is not consumed, the oldest first, and takes nothing', async () => {
    const app = redis.app();
    const ids = Array.from({ length: 450 }, (_, i) => `job-${i}`);
    await publish(app, ...ids);
    await resultsQueue(app).add('result', { jobId: 'garbage' });
    const errors: string[] = [];
    const results = redis.closed(
      new CallResults({ ...app.common, onError: ({ message }) => errors.push(message) }),
    );
    for (let times = 0; times < 2; times++) {
      const seen: string[] = [];
      for await (const { jobId } of results.peek()) seen.push(jobId);
      expect(seen).toEqual(ids);
    }
    expect(errors[0]).toMatch(/^in results: breaks the contract: callId: /);
    expect(await results.counts()).toEqual({ waiting: 451, active: 0, delayed: 0, consumed: 0, failed: 0 });
  });

  test('rejects when Redis does not answer', async () => {
    const results = redis.closed(new CallResults({ redis: 'redis://127.0.0.1:1', timeoutMs: 100 }));
    await expect(results.peek().next()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  });
});
