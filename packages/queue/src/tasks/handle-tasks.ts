import { DelayedError, type Job, WaitingError } from 'bullmq';
import { ClosableWorker } from '../bullmq/closable-worker.js';
import type { RedisAccess } from '../redis/redis-access.js';
import type { RedisClient } from '../redis/redis-client.js';

/** A task in its handler's hands. It is done when the handler resolves, and handed out again when it rejects. */
export interface Task<Data> {
  readonly data: Data;
  /** Puts it off for so long, with other data. The handler ends with it. */
  postpone(ms: number, data: Data): Promise<never>;
  /** Puts it back, for any handler to take at once. The handler ends with it. */
  putBack(): Promise<never>;
  /** Rejects when it belongs to another handler by now. */
  keep(): Promise<void>;
}

export interface HandleTasksOptions<Data> {
  queueName: string;
  /** Tasks at once. */
  concurrency: number;
  /** Milliseconds after which the tasks of a process that is gone go to another. */
  lockMs: number;
  handle: (task: Task<Data>) => Promise<void>;
}

/** Handles tasks of a queue until it is closed. The connection is shared; one that blocks is opened beside it. */
export function handleTasks<Data>(
  access: RedisAccess,
  connection: RedisClient,
  { queueName, concurrency, lockMs, handle }: HandleTasksOptions<Data>,
): { close(): Promise<void> } {
  const worker = new ClosableWorker<Data, void>(
    queueName,
    (job, token = '') => handle(toTask(job, token, lockMs)),
    {
      connection,
      prefix: access.prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs / 2,
      // That a process dies says nothing about the task, so stalls are not counted.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: 1000,
    },
  );
  worker.on('error', access.onError);
  return {
    // Without Redis there is nothing that could be finished in good order.
    close: () => worker.close(connection.status !== 'ready'),
  };
}

function toTask<Data>(job: Job<Data, void>, token: string, lockMs: number): Task<Data> {
  return {
    data: job.data,
    async postpone(ms, data) {
      await job.updateData(data);
      await job.moveToDelayed(Date.now() + ms, token);
      throw new DelayedError();
    },
    async putBack() {
      await job.moveToWait(token);
      throw new WaitingError();
    },
    async keep() {
      await job.extendLock(token, lockMs);
    },
  };
}
