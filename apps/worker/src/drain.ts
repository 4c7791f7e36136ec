import type { Logger } from 'pino';

/** After a stop was asked for, hung up calls get so long to be released and published. */
const RELEASE_SECONDS = 45;
/** And saying goodbye so long, where it needs a Redis that does not answer. */
const GOODBYE_SECONDS = 5;
/** Once nothing waits for Redis any more, what is left are BYEs that nobody answers. */
const CLOSE_SECONDS = 10;

export interface DrainParts {
  logger: Logger;
  /** How long calls may go on. */
  drainSeconds: number;
  /** Takes no new job from now on; resolves when the lanes hold none. */
  closeLanes: () => Promise<unknown>;
  /** Resolves when every job that was taken has its result, or is another worker's to settle. */
  settled: () => Promise<void>;
  /** Hangs up what is still up. */
  hangUp: () => void;
  /** The jobs whose calls are not settled yet, or may be up still. */
  unsettled: () => Iterable<string>;
  /** Ends everything else. */
  close: () => Promise<void>;
  /** Ends the connections to Redis: what still waits for an answer of it rejects. */
  cutRedis: () => void;
}

/**
 * The end of a worker: its calls may go on for a while, then they are hung up and published. Whether all is settled is
 * a matter of its own jobs alone. What else there is to tell Redis is told if it answers; the lease runs out by itself.
 */
export class Drain {
  readonly #parts: DrainParts;
  #hangUpNow: () => void = () => undefined;
  #run: Promise<boolean> | null = null;

  constructor(parts: DrainParts) {
    this.#parts = parts;
  }

  /** Ends the time for which calls may go on. */
  hangUpNow(): void {
    this.#hangUpNow();
  }

  get hasBegun(): boolean {
    return this.#run !== null;
  }

  /** Begins, if it has not begun. Resolves with whether all is settled; what is not, another worker settles. */
  run(): Promise<boolean> {
    this.#run ??= this.#drain();
    return this.#run;
  }

  async #drain(): Promise<boolean> {
    const { logger, drainSeconds, closeLanes, settled, hangUp, unsettled, close, cutRedis } = this.#parts;
    logger.info({ drainSeconds }, 'draining');
    const lanesClosed = closeLanes();
    const impatience = new Promise<void>((resolve) => {
      this.#hangUpNow = resolve;
    });
    let isSettled = await isDoneWithin(drainSeconds, settled(), impatience);
    if (!isSettled) {
      logger.info('hanging up');
      hangUp();
      isSettled = await isDoneWithin(RELEASE_SECONDS, settled());
    }
    for (const jobId of isSettled ? [] : unsettled()) logger.warn({ jobId }, 'left to another worker');
    // BullMQ has yet to be done with the jobs that are settled, and waits for ever for those that are not.
    const closed = isSettled ? lanesClosed.then(close) : close();
    const saidGoodbye = await isDoneWithin(GOODBYE_SECONDS, closed);
    cutRedis();
    if (!saidGoodbye) await isDoneWithin(CLOSE_SECONDS, closed);
    logger.info({ isSettled, saidGoodbye }, 'stopped');
    return isSettled;
  }
}

/** Whether `work` was done within `seconds`, and before somebody gave it up. */
async function isDoneWithin(
  seconds: number,
  work: Promise<unknown>,
  givenUp: Promise<void> = new Promise(() => undefined),
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000);
  });
  const isDone = await Promise.race([work.then(() => true), Promise.race([over, givenUp]).then(() => false)]);
  clearTimeout(timer);
  return isDone;
}
