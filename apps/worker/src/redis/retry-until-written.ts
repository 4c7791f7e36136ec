import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isRetryable } from './is-retryable.js';

/** Long enough not to burden a Redis that is coming back, short for a call's owner. */
const PAUSE_MAX_MS = 2000;

export interface RetryOptions {
  logger: Logger;
  /** Once it aborts, a step that fails is not repeated. */
  signal: AbortSignal;
}

/**
 * Repeats a step against Redis until it succeeds: what has happened to a call must be written down, however long Redis
 * is away or refuses to write. The ledger's steps may be repeated with the same arguments. Rejects with the step's error
 * when that is not retryable (see `isRetryable`), or once the signal has aborted.
 */
export async function retryUntilWritten<T>(
  what: string,
  step: () => Promise<T>,
  { logger, signal }: RetryOptions,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      if (signal.aborted || !isRetryable(error)) throw error;
      const pauseMs = Math.min(PAUSE_MAX_MS, 100 * 2 ** attempt);
      logger.warn({ err: error, step: what, pauseMs }, 'Redis step failed; it will be repeated');
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw error;
    }
  }
}
