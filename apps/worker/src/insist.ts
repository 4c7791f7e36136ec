import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

/**
 * Repeats a step against Redis until it is taken: what has happened to a call must be written down, however
 * long Redis is away or refuses to write. The ledger's steps may be repeated with the same arguments.
 */
export async function insist<T>(what: string, logger: Logger, step: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      // A bug of ours is not mended by repeating it.
      if (error instanceof TypeError || error instanceof SyntaxError) throw error;
      // Two seconds at most: long enough not to burden a Redis that is coming back, short for a call's owner.
      const pauseMs = Math.min(2000, 100 * 2 ** attempt);
      logger.warn({ err: error, what, pauseMs }, 'Redis did not take a step; it is repeated');
      await delay(pauseMs);
    }
  }
}
