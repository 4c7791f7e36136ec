import type { Logger } from 'pino';

/** How long calls that were hung up may take to be released and published. */
const RELEASE_SECONDS = 45;
/** How long the worker waits for Redis to be told of its end. */
const CLOSE_IN_TIME_SECONDS = 5;
/** How long it waits once Redis is closed: what is left are BYEs without an answer. */
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
  /** The jobs whose calls are not settled yet, or may still be up. */
  unsettled: () => Iterable<string>;
  /** Closes everything else. */
  close: () => Promise<void>;
  /** Closes the connections to Redis: commands that wait for an answer reject. */
  closeRedis: () => void;
}

/**
 * The end of a worker: its calls may go on for a while, then they are hung up and published. Whether all is settled depends
 * on its own jobs alone. It deregisters from Redis if that answers; if not, its lease runs out.
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
    const { logger, drainSeconds, closeLanes, settled, hangUp, unsettled, close, closeRedis } = this.#parts;
    logger.info({ drainSeconds }, 'draining');
    const lanesClosed = closeLanes();
    const forced = new Promise<void>((resolve) => {
      this.#hangUpNow = resolve;
    });
    let isSettled = await isDoneWithin(drainSeconds, settled(), forced);
    if (!isSettled) {
      logger.info('hanging up all calls');
      hangUp();
      isSettled = await isDoneWithin(RELEASE_SECONDS, settled());
    }
    for (const jobId of isSettled ? [] : unsettled()) logger.warn({ jobId }, 'call left to another worker');
    // BullMQ still has to complete the jobs that are settled, and would wait for ever for those that are not.
    const closed = isSettled ? lanesClosed.then(close) : close();
    const closedInTime = await isDoneWithin(CLOSE_IN_TIME_SECONDS, closed);
    closeRedis();
    if (!closedInTime) await isDoneWithin(CLOSE_SECONDS, closed);
    logger.info({ isSettled, closedInTime }, 'worker stopped');
    return isSettled;
  }
}

/** Whether `work` was done within `seconds`, and before `abandoned` resolved. */
async function isDoneWithin(
  seconds: number,
  work: Promise<unknown>,
  abandoned: Promise<void> = new Promise(() => undefined),
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000);
  });
  const isDone = await Promise.race([
    work.then(() => true),
    Promise.race([over, abandoned]).then(() => false),
  ]);
  clearTimeout(timer);
  return isDone;
}
