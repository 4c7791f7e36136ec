import { type CallJob, OutdialError, playableSources, stepsOf, type TraceContext } from '@outdial/contract';
import type { PreparedDial, Telephony } from '@outdial/telephony';
import { sharedAbortController } from '../lifecycle/shared-abort-controller.js';

/**
 * Reserves what a dial needs. While no server of a kind answers it waits for one: a job has few attempts, and an outage
 * must not use up those of a whole campaign. While a job waits here, those behind it wait in their lane.
 */
export class DialReservation {
  readonly #telephony: Telephony;
  readonly #serverWaitMs: number;
  readonly #closing = sharedAbortController();

  constructor(telephony: Telephony, { serverWaitSeconds }: { serverWaitSeconds: number }) {
    this.#telephony = telephony;
    this.#serverWaitMs = serverWaitSeconds * 1000;
  }

  /**
   * Rejects as `Telephony.prepare` does; with NO_DRACHTIO and NO_FREESWITCH only after `serverWaitSeconds`. `traceContext`: for
   * the INVITE, where that is wanted.
   */
  async prepare(callJob: CallJob, traceContext: TraceContext | undefined): Promise<PreparedDial> {
    const { id, callTo, callFrom, callerName, anonymous, codecs, trunk, headers, secondsTimeout } = callJob;
    const request = {
      jobId: id,
      callTo,
      callFrom,
      callerName,
      anonymous,
      codecs,
      trunk,
      headers,
      secondsTimeout,
      traceContext,
      sources: playableSources(callJob, callJob),
      bots: stepsOf(callJob).flatMap((step) => (step.step === 'stream' ? [step.url] : [])),
      hangsUpEarly: callJob.earlyMedia.hangUpOn.length > 0,
    };
    const deadline = performance.now() + this.#serverWaitMs;
    for (;;) {
      try {
        return await this.#telephony.prepare(request);
      } catch (error) {
        if (!isOutage(error) || this.#telephony.isReady) throw error;
        await this.#untilReady(deadline - performance.now());
        if (!this.#telephony.isReady) throw error;
      }
    }
  }

  /** Ends all waits: from now on a job whose servers do not answer fails at once. */
  close(): void {
    this.#closing.abort();
  }

  async #untilReady(withinMs: number): Promise<void> {
    if (this.#closing.signal.aborted || withinMs <= 0) return;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), withinMs);
    try {
      await this.#telephony.ready(AbortSignal.any([timeout.signal, this.#closing.signal]));
    } finally {
      clearTimeout(timer);
    }
  }
}

function isOutage(error: unknown): boolean {
  return error instanceof OutdialError && (error.code === 'NO_DRACHTIO' || error.code === 'NO_FREESWITCH');
}
