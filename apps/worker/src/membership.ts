import type { Ledger } from '@outdial/ledger';
import type { Logger } from 'pino';

export interface MembershipOptions {
  workerId: string;
  ledger: Ledger;
  logger: Logger;
  intervalMs: number;
  ttlMs: number;
  /** A call of ours that somebody wants cancelled; repeated until it has ended. */
  onCancel: (jobId: string) => void;
  /** Another worker has taken our calls over: they are all lost. */
  onTakenOver: () => void;
}

/**
 * This worker's place among the workers: its heartbeat in the ledger, and whether its lease is live. The
 * lease is judged here by a monotonic clock from before the heartbeat was sent, so that a worker that was
 * frozen knows before Redis tells it.
 */
export class Membership {
  readonly workerId: string;
  readonly #options: MembershipOptions;
  #leaseUntil = 0;
  #beating: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: MembershipOptions) {
    this.workerId = options.workerId;
    this.#options = options;
  }

  /** Registers; resolves after the first heartbeat. */
  async start(): Promise<void> {
    await this.#beat(true);
    this.#timer = setInterval(() => {
      this.#beating = this.#beating.then(() => this.#beat(false));
    }, this.#options.intervalMs);
  }

  /** Whether nobody can have taken this worker for lost yet. */
  isLeaseLive(): boolean {
    return performance.now() < this.#leaseUntil;
  }

  /** Whether Redis has answered just now: only then is somebody else's silence a sign that he is lost. */
  isInTouch(): boolean {
    return performance.now() < this.#leaseUntil - this.#options.ttlMs / 2;
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#beating;
    await this.#options.ledger.retire(this.workerId);
  }

  async #beat(isFirst: boolean): Promise<void> {
    const { ledger, logger, ttlMs, onCancel, onTakenOver } = this.#options;
    const sentAt = performance.now();
    try {
      const answer = await ledger.heartbeat(this.workerId, { ttlMs });
      this.#leaseUntil = sentAt + ttlMs;
      if (!answer.wasRegistered && !isFirst) {
        logger.error("this worker was taken for lost; its calls are another worker's now");
        onTakenOver();
      }
      for (const jobId of answer.cancels) onCancel(jobId);
    } catch (error) {
      if (isFirst) throw error;
      logger.warn({ err: error }, 'heartbeat failed');
    }
  }
}
