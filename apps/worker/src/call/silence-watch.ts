import type { Leg } from '@outdial/telephony';

/** How often the packets are counted within the time of silence. */
const LOOKS = 6;
/** Milliseconds between two counts at least, and at most: each is a request to the media server. */
const LOOK_MIN_MS = 200;
const LOOK_MAX_MS = 10_000;

/**
 * Watches whether audio packets come from the callee. A callee may be gone without a BYE; what is left of it is silence
 * on the wire, also while the media server fills the gaps. Time on hold, and time in which the packets cannot be counted,
 * does not count as silence.
 */
export class SilenceWatch {
  readonly #leg: Pick<Leg, 'packetsReceived' | 'isOnHold'>;
  readonly #limitMs: number;
  readonly #onSilence: () => void;
  readonly #timer: NodeJS.Timeout;
  #lastCount = -1;
  #heardAt = performance.now();
  #isCounting = false;
  #isClosed = false;

  /** Starts watching. `onSilence` is called once, after `seconds` without a packet. */
  constructor(leg: Pick<Leg, 'packetsReceived' | 'isOnHold'>, seconds: number, onSilence: () => void) {
    this.#leg = leg;
    this.#limitMs = seconds * 1000;
    this.#onSilence = onSilence;
    const everyMs = Math.min(LOOK_MAX_MS, Math.max(LOOK_MIN_MS, this.#limitMs / LOOKS));
    this.#timer = setInterval(() => void this.#look(), everyMs);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isCounting) return;
    this.#isCounting = true;
    const count = await this.#leg.packetsReceived();
    this.#isCounting = false;
    if (this.#isClosed) return;
    const now = performance.now();
    if (count === null || count !== this.#lastCount || this.#leg.isOnHold) {
      this.#lastCount = count ?? this.#lastCount;
      this.#heardAt = now;
    } else if (now - this.#heardAt >= this.#limitMs) {
      this.close();
      this.#onSilence();
    }
  }
}
