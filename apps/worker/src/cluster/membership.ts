import type { HeartbeatReply, Ledger } from '@outdial/ledger';
import type { Logger } from 'pino';

export interface MembershipOptions {
  workerId: string;
  ledger: Ledger;
  logger: Logger;
  intervalMs: number;
  ttlMs: number;
  /** A cancel was requested of a call of this worker; repeated with each heartbeat until the call has ended. */
  onCancel: (jobId: string) => void;
  /** Another worker has taken all calls of this one over. */
  onTakenOver: () => void;
}

/**
 * This worker's place among the workers: its heartbeat in the ledger, and whether its lease is live. The lease is
 * counted from before the heartbeat was sent, so that a worker that was frozen knows before Redis tells it: by a
 * monotonic clock, which is never set back, and by the wall clock, which goes on while the machine sleeps.
 */
export class Membership {
  readonly workerId: string;
  readonly #options: MembershipOptions;
  /** When the last heartbeat that was answered had been sent, by either clock. */
  #heardAt = { monotonic: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };
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

  /** Whether no other worker can have taken this one for lost yet. */
  isLeaseLive(): boolean {
    return this.#silentMs() < this.#options.ttlMs;
  }

  /** Whether Redis has answered recently: only then does another worker's silence mean that it is lost. */
  isInTouch(): boolean {
    return this.#silentMs() < this.#options.ttlMs / 2;
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#beating;
    await this.#options.ledger.retire(this.workerId);
  }

  /** How long ago Redis last answered. */
  #silentMs(): number {
    const { monotonic, wall } = this.#heardAt;
    return Math.max(performance.now() - monotonic, Date.now() - wall);
  }

  async #beat(isFirst: boolean): Promise<void> {
    const { logger, onCancel, onTakenOver } = this.#options;
    try {
      const { wasRegistered, cancels } = await this.#send(isFirst);
      if (!wasRegistered && !isFirst) {
        logger.error('this worker was taken for lost; its calls belong to another worker now');
        onTakenOver();
        await this.#send(true);
      }
      for (const jobId of cancels) onCancel(jobId);
    } catch (error) {
      if (isFirst) throw error;
      logger.warn({ err: error }, 'heartbeat failed');
    }
  }

  /** A worker may register again only without calls: it must not get hold of a call again by an old claim. */
  async #send(mayRegister: boolean): Promise<HeartbeatReply> {
    const { ledger, ttlMs } = this.#options;
    const sentAt = { monotonic: performance.now(), wall: Date.now() };
    const answer = await ledger.heartbeat(this.workerId, { ttlMs, mayRegister });
    if (answer.wasRegistered || mayRegister) this.#heardAt = sentAt;
    return answer;
  }
}
