import { type CallJob, OutdialError } from '@outdial/contract';
import type { PreparedDial, Telephony } from '@outdial/telephony';

/**
 * Reserves what a dial needs. While no server of a kind answers it waits for one: a job is tried only so often, and an
 * outage must not use up the tries of a whole campaign. As long as a job waits here, those behind it wait in their lane.
 */
export class DialPreparation {
  readonly #telephony: Telephony;
  readonly #serverWaitMs: number;
  readonly #waits = new Set<AbortController>();
  #isStopped = false;

  constructor(telephony: Telephony, { serverWaitSeconds }: { serverWaitSeconds: number }) {
    this.#telephony = telephony;
    this.#serverWaitMs = serverWaitSeconds * 1000;
  }

  /** Rejects as `Telephony.prepare` does; with NO_DRACHTIO and NO_FREESWITCH only after the wait. */
  async prepare(callJob: CallJob): Promise<PreparedDial> {
    const deadline = performance.now() + this.#serverWaitMs;
    for (;;) {
      try {
        return await this.#telephony.prepare({ ...callJob, jobId: callJob.id });
      } catch (error) {
        if (!isOutage(error) || this.#telephony.isReady) throw error;
        await this.#serversBack(deadline - performance.now());
        if (!this.#telephony.isReady) throw error;
      }
    }
  }

  /** Nothing is waited for any more. */
  stop(): void {
    this.#isStopped = true;
    for (const wait of this.#waits) wait.abort();
  }

  async #serversBack(withinMs: number): Promise<void> {
    if (this.#isStopped || withinMs <= 0) return;
    const wait = new AbortController();
    const timer = setTimeout(() => wait.abort(), withinMs);
    this.#waits.add(wait);
    await this.#telephony.ready(wait.signal);
    clearTimeout(timer);
    this.#waits.delete(wait);
  }
}

function isOutage(error: unknown): boolean {
  return error instanceof OutdialError && (error.code === 'NO_DRACHTIO' || error.code === 'NO_FREESWITCH');
}
