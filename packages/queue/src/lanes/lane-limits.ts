import { laneRateKey } from '@outdial/contract';
import type { RedisClient } from '../redis/redis-client.js';
import type { LaneQueue } from './lanes.js';

/** What holds for a lane across all workers. */
export interface LaneSettings {
  /** Calls begun a second; null: no limit. */
  callsPerSecond: number | null;
  /** Calls at once; null: no limit. 0: none begins. */
  concurrency: number | null;
  /** Whether no call begins until the lane is resumed. */
  isPaused: boolean;
}

interface Place {
  queue: LaneQueue;
  redis: RedisClient;
  prefix: string;
  lane: string;
}

export async function readSettings({ queue, redis, prefix, lane }: Place): Promise<LaneSettings> {
  const [rate, concurrency, isPaused] = await Promise.all([
    redis.hget(laneRateKey(prefix, lane), 'callsPerSecond'),
    queue.getGlobalConcurrency(),
    queue.isPaused(),
  ]);
  return { callsPerSecond: rate === null ? null : Number(rate), concurrency, isPaused };
}

/** Changes a lane's limits; what is absent stays as it is. */
export async function applyLimits(
  place: Place,
  { callsPerSecond, concurrency }: Partial<Omit<LaneSettings, 'isPaused'>>,
): Promise<void> {
  const { queue } = place;
  if (callsPerSecond !== undefined) await applyRate(place, callsPerSecond);
  if (concurrency === null) await queue.removeGlobalConcurrency();
  else if (concurrency !== undefined) await queue.setGlobalConcurrency(concurrency);
  // A worker that found the lane full looks again only when it is woken.
  if (!(await queue.isPaused())) await place.redis.zadd(queue.toKey('marker'), 0, '0');
}

/**
 * The rate is kept by `LaneTurns` at the moment when calls begin. BullMQ's own limit, which counts the jobs that are taken, is
 * only to keep workers from taking jobs that they would have to hold. It gives out jobs in small batches, as many in about a
 * quarter of a second as have their turn in that time.
 */
async function applyRate(
  { queue, redis, prefix, lane }: Place,
  callsPerSecond: number | null,
): Promise<void> {
  const key = laneRateKey(prefix, lane);
  if (callsPerSecond === null) {
    await redis.hdel(key, 'callsPerSecond');
    await queue.removeGlobalRateLimit();
  } else {
    await redis.hset(key, 'callsPerSecond', callsPerSecond);
    const batch = Math.max(1, Math.round(callsPerSecond / 4));
    await queue.setGlobalRateLimit(batch, Math.ceil((1010 * batch) / callsPerSecond));
  }
  // The count under the former limit would go on until its window is over.
  await queue.removeRateLimitKey();
}
