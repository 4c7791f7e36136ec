import type { MediaLoad } from '@outdial/telephony';
import type { Logger } from 'pino';
import type { Metrics } from '../telemetry/metrics.js';
import { CallLimit } from './call-limit.js';

const LOOK_EVERY_MS = 25;
/** The main thread is late when its timers are by this, in milliseconds: everything that a call waits for then is. */
const LATE_MS = 100;
/** Media threads are asked less often: they note how late they were at most since they were last asked. */
const MEDIA_EVERY_MS = 100;
/** Audio that is handled later than this comes too late for a verdict within its time. */
const MEDIA_LATE_MS = 100;

/** A job whose INVITE would have to wait longer than this for its turn stays in its lane, in milliseconds. */
const TURN_WAIT_MS = 500;

/** A lane whose jobs can be limited: `LaneWorker`. */
export interface PacedLane {
  /** The most jobs that it may hold; at first what is configured. */
  readonly allowed: number;
  /** Jobs that it holds, from the moment at which they were fetched. */
  readonly held: number;
  /** From now on it holds at most so many. */
  allow(jobs: number): void;
}

/** How many calls the worker may hold now, and whether that is less than what is configured, since it was late. */
export interface Pace {
  callsAllowed: number;
  isSlowed: boolean;
}

export interface PacerOptions {
  lanes: readonly PacedLane[];
  /** How well the makers of media kept up since this was last asked. */
  takeMediaLoad: () => MediaLoad;
  /** How long the next INVITE has to wait for the pace of its server, in milliseconds. */
  turnWaitMs: () => number;
  logger: Logger;
  metrics: Metrics;
}

/**
 * Slows a worker down that is offered more than it can do: while its main thread or a media thread is late it takes no job,
 * and it holds fewer calls for a while (see `CallLimit`). Nor does it take one whose INVITE could not leave soon. What it does not take waits in its lane, for it or another worker.
 */
export class Pacer {
  readonly #options: PacerOptions;
  /** What is configured: by lane, and in all. */
  readonly #lanes: ReadonlyArray<{ lane: PacedLane; concurrency: number }>;
  readonly #configured: number;
  readonly #limit: CallLimit;
  readonly #timer: NodeJS.Timeout;
  #dueAt = performance.now() + LOOK_EVERY_MS;
  #mediaAskedAt = Number.NEGATIVE_INFINITY;
  #isMediaLate = false;
  #isSlowed = false;

  constructor(options: PacerOptions) {
    this.#options = options;
    this.#lanes = options.lanes.map((lane) => ({ lane, concurrency: lane.allowed }));
    this.#configured = this.#lanes.reduce((sum, { concurrency }) => sum + concurrency, 0);
    this.#limit = new CallLimit(this.#configured);
    options.metrics.callsAllowed.set(this.#configured);
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  get state(): Pace {
    return { callsAllowed: this.#limit.calls, isSlowed: this.#isSlowed };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const lateMs = now - this.#dueAt;
    this.#dueAt = now + LOOK_EVERY_MS;
    const held = this.#lanes.reduce((sum, { lane }) => sum + lane.held, 0);
    this.#limit.look(lateMs > LATE_MS || this.#askMedia(now), held, now);
    const isTurnFar = this.#options.turnWaitMs() > TURN_WAIT_MS;
    for (const { lane, concurrency } of this.#lanes) {
      const shareOf = (calls: number) => Math.max(1, Math.round((concurrency * calls) / this.#configured));
      const allowed = shareOf(this.#limit.calls);
      // Late or not, a few may be held, or another program that makes it late would stop it.
      const lowest = isTurnFar ? 1 : shareOf(this.#limit.lowest);
      const holds = isTurnFar || this.#limit.isLate;
      lane.allow(holds ? Math.min(allowed, Math.max(lowest, lane.held)) : allowed);
    }
    this.#options.metrics.callsAllowed.set(this.#limit.calls);
    this.#tell(lateMs, held);
  }

  #askMedia(now: number): boolean {
    if (now - this.#mediaAskedAt >= MEDIA_EVERY_MS) {
      this.#mediaAskedAt = now;
      const { threads, losses } = this.#options.takeMediaLoad();
      this.#options.metrics.mediaThreadsSeen(threads);
      this.#isMediaLate = losses > 0 || threads.some(({ lateMs }) => lateMs > MEDIA_LATE_MS);
    }
    return this.#isMediaLate;
  }

  /** Once when it begins, and once when it is over. */
  #tell(lateMs: number, held: number): void {
    const { isLowered, calls } = this.#limit;
    if (isLowered === this.#isSlowed) return;
    this.#isSlowed = isLowered;
    const { logger, metrics } = this.#options;
    if (!isLowered) {
      logger.info({ callsAllowed: calls }, 'no longer late: takes as many calls as are configured again');
      return;
    }
    metrics.slowdowns.inc();
    const what = this.#isMediaLate ? 'media' : 'the main thread';
    logger.warn(
      { what, lateMs: Math.round(lateMs), held, callsAllowed: calls },
      'late: takes fewer calls, until it is no longer (docs/reliability.md, "More than a worker can do")',
    );
  }
}
