import { type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { ClosableWorker } from '../bullmq/closable-worker.js';
import { closeConnection } from '../redis/close-connection.js';
import type { RedisAccess } from '../redis/redis-access.js';

/** A consumer at work. */
export interface Consumption {
  /** Takes nothing more, waits for the handlers at work, and closes the connection. */
  close(): Promise<void>;
}

/** One outcome in a consumer's hands. */
export interface Delivery {
  readonly data: unknown;
  /** How often, and after how long, it comes again if the handler throws. */
  retry(options: { attempts: number; backoffMs: number }): void;
  /** Gives it back to the queue, for any consumer to take at once. The handler ends with it. */
  putBack(): Promise<never>;
  /** It can never be handled: it goes to the failed ones without a further try. The handler ends with it. */
  refuse(reason: string): never;
}

export interface ConsumeOutcomesOptions {
  queueName: string;
  /** How many outcomes at once. */
  concurrency: number;
  /** Milliseconds after which the outcomes of a consumer that is gone go to another. */
  lockMs: number;
  /** Once it resolves, the outcome is consumed. */
  handle: (delivery: Delivery) => Promise<void>;
  /** Called first when the consumption is closed. */
  onClose?: () => void;
}

/** Takes outcomes from their queue until it is closed. */
export function consumeOutcomes(access: RedisAccess, options: ConsumeOutcomesOptions): Consumption {
  const connection = access.openBlocking();
  const worker = new ClosableWorker(
    options.queueName,
    (job, token = '') => options.handle(toDelivery(job, token)),
    {
      connection,
      prefix: access.prefix,
      concurrency: options.concurrency,
      lockDuration: options.lockMs,
      stalledInterval: options.lockMs,
      // That a consumer dies says nothing about the outcome, so stalls are not counted.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: 1000,
    },
  );
  worker.on('error', access.onError);
  return {
    close: async () => {
      options.onClose?.();
      // Without Redis there is nothing that could be finished in good order.
      await worker.close(connection.status !== 'ready');
      closeConnection(connection);
    },
  };
}

function toDelivery(job: Job, token: string): Delivery {
  return {
    data: job.data,
    retry({ attempts, backoffMs }) {
      job.opts.attempts = attempts;
      job.opts.backoff = { type: 'exponential', delay: backoffMs };
    },
    async putBack() {
      await job.moveToWait(token);
      throw new WaitingError();
    },
    refuse(reason) {
      throw new UnrecoverableError(reason);
    },
  };
}
