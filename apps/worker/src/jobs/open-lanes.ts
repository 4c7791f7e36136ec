import { laneQueueName } from '@outdial/contract';
import { LaneWorker, type RedisClient } from '@outdial/queue';
import type { Logger } from 'pino';
import type { WorkerConfiguration } from '../config/configuration.js';
import type { JobHandler } from './job-handler.js';

/** BullMQ's own count of stalls must never fail a job: the ledger decides what becomes of it. */
const NO_STALL_LIMIT = Number.MAX_SAFE_INTEGER;

/** Starts taking jobs from every lane of the configuration. */
export function openLanes(
  { lanes, redis, retention }: WorkerConfiguration,
  { connection, handler, logger }: { connection: RedisClient; handler: JobHandler; logger: Logger },
): LaneWorker[] {
  const keep = { age: retention.ageSeconds, count: retention.jobsMax };
  return Object.entries(lanes).map(([lane, { concurrency }]) => {
    const worker = new LaneWorker(laneQueueName(lane), (job) => handler.handle(job, lane), {
      connection,
      prefix: redis.prefix,
      concurrency,
      maxStalledCount: NO_STALL_LIMIT,
      // For jobs that were put into Redis without a retention of their own.
      removeOnComplete: keep,
      removeOnFail: keep,
      // A job whose worker died before it claimed it is handed out again after at most these two together. With BullMQ's
      // 30 s each its result could take a minute; being early does no harm, since the ledger decides who dials.
      lockDuration: 10_000,
      stalledInterval: 5000,
      // After a lost connection, in milliseconds; with the default of 15 s a worker would stay idle though Redis is back.
      runRetryDelay: 500,
      // Under a rate limit, in milliseconds: a limit that was raised meanwhile holds for a waiting worker as soon.
      maximumRateLimitDelay: 500,
    });
    worker.on('error', (error) => logger.warn({ err: error, lane }, 'lane worker error'));
    return worker;
  });
}
