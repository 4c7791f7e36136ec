import { laneQueueName } from '@outdial/contract';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { WorkerConfiguration } from './configuration.js';
import type { JobHandler } from './job-handler.js';
import { LaneWorker } from './lane-worker.js';

/** BullMQ's own count of stalls must never fail a job: the ledger decides what becomes of it. */
const NO_STALL_LIMIT = Number.MAX_SAFE_INTEGER;

/** Begins to take jobs from every lane of the configuration. */
export function openLanes(
  { lanes, redis, retention }: WorkerConfiguration,
  { connection, handler, logger }: { connection: Redis; handler: JobHandler; logger: Logger },
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
      // A job whose worker died before it claimed it is handed out anew after at most these two together. With
      // BullMQ's 30 s each its result could take a minute; being hasty harms nothing, since the ledger decides.
      lockDuration: 10_000,
      stalledInterval: 5000,
      // After a lost connection, in milliseconds; the default of 15 s would idle a worker that is back long since.
      runRetryDelay: 500,
    });
    worker.on('error', (error) => logger.warn({ err: error, lane }, 'lane'));
    return worker;
  });
}
