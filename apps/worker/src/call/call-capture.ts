import type { CallCapture as Captured, CaptureTerms } from '@outdial/contract';
import type { Leg } from '@outdial/telephony';
import type { Logger } from 'pino';

/** Messages of one call, and characters of one message: a far end must not fill Redis. */
const MESSAGES_MAX = 100;
const TEXT_MAX = 8192;
/** What comes within this time is written together. */
const GATHER_MS = 500;

export interface CallCaptureOptions {
  terms: CaptureTerms;
  keep: (capture: Captured) => Promise<void>;
  logger: Logger;
}

/** Keeps what a job asked to be kept of its call. It never holds the call up, and never fails it. */
export class CallCapture {
  readonly #options: CallCaptureOptions;
  readonly #captured: Captured = { sip: [], heard: null };
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #stop: () => void = () => undefined;

  constructor(options: CallCaptureOptions) {
    this.#options = options;
  }

  /** Right after the dial, before anything happens. */
  attach(leg: Pick<Leg, 'onSip' | 'hearing'>): void {
    const { sip, heardSeconds } = this.#options.terms;
    if (sip)
      this.#stop = leg.onSip((message) => {
        if (this.#captured.sip.length >= MESSAGES_MAX) return;
        this.#captured.sip.push({ ...message, text: message.text.slice(0, TEXT_MAX) });
        this.#write();
      });
    if (heardSeconds !== null)
      leg.hearing.measure(heardSeconds, ({ startedAt, peaks }) => {
        this.#captured.heard ??= { startedAt, peaks: [] };
        this.#captured.heard.peaks.push(...peaks);
        this.#write();
      });
  }

  /** Resolves once all of it is written. Never rejects. */
  async end(): Promise<void> {
    this.#stop();
    if (this.#timer !== null) this.#flush();
    await this.#writing;
  }

  #write(): void {
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const { keep, logger } = this.#options;
    this.#writing = this.#writing
      .then(() => keep(this.#captured))
      .catch((error) => logger.warn({ err: error }, 'what was captured of a call could not be kept'));
  }
}
