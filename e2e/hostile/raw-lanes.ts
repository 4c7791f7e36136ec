import type { Redis } from 'ioredis';
import type { RawJob } from './jobs/raw-job.js';

const PREFIX = '{outdial}:calls-';
const CHUNK = 200;

/** Writes jobs into the lanes as a hostile or broken producer would, past BullMQ and the contract. */
export async function writeRawJobs(redis: Redis, jobs: readonly RawJob[]): Promise<void> {
  for (let from = 0; from < jobs.length; from += CHUNK) {
    const pipeline = redis.pipeline();
    for (const { lane, id, record, times, hasChildren } of jobs.slice(from, from + CHUNK)) {
      const key = (suffix: string) => Buffer.concat([Buffer.from(`${PREFIX}${lane}:`), Buffer.from(suffix)]);
      const jobKey = Buffer.concat([key(''), Buffer.from(id)]);
      if (record !== null) pipeline.hset(jobKey, record);
      if (hasChildren === true) pipeline.sadd(Buffer.concat([jobKey, Buffer.from(':dependencies')]), 'child');
      for (let i = 0; i < times; i++) pipeline.lpush(key('wait'), Buffer.from(id));
      pipeline.zadd(key('marker'), 0, '0');
    }
    await pipeline.exec();
  }
}

/** What BullMQ has of a lane's jobs that are not over. */
export async function leftInLane(redis: Redis, lane: string): Promise<Record<string, number>> {
  const key = (name: string) => `${PREFIX}${lane}:${name}`;
  const [wait, active, delayed, prioritized, failed] = await Promise.all([
    redis.llen(key('wait')),
    redis.llen(key('active')),
    redis.zcard(key('delayed')),
    redis.zcard(key('prioritized')),
    redis.zcard(key('failed')),
  ]);
  return { wait, active, delayed, prioritized, failed };
}

/**
 * Ledger entries without a published result, calls on a worker's list, the outbox, locks: all that may leak.
 */
export async function leftInLedger(redis: Redis): Promise<string[]> {
  const left: string[] = [];
  for (const key of await keys(redis, '{outdial}:ledger:call:*')) {
    const [result, published, released] = await redis.hmget(key, 'result', 'resultPublished', 'released');
    if (result === null || published === null || released === null) left.push(key);
  }
  for (const pattern of ['{outdial}:ledger:worker-calls:*', '{outdial}:ledger:worker-cancels:*', '*:lock'])
    left.push(...(await keys(redis, pattern)));
  left.push(...(await redis.zrange('{outdial}:ledger:outbox', '0', '-1')));
  return left;
}

async function keys(redis: Redis, pattern: string): Promise<string[]> {
  const found: string[] = [];
  let cursor = '0';
  do {
    const [next, batch] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1000);
    cursor = next;
    found.push(...batch);
  } while (cursor !== '0');
  return found;
}
