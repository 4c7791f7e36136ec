/** How a key reached us: by the media (telephone events, or tones in the audio), or by SIP INFO. */
export type DigitWay = 'media' | 'info';

/** A far end tells a key by several ways within so long. */
const TOGETHER_MS = 3000;

interface Taken {
  digit: string;
  at: number;
  ways: Set<DigitWay>;
}

/**
 * Some gateways tell each key twice, by telephone event and by INFO. Each press counts once: what comes by another way soon
 * after, and was not yet taken for the second telling of an earlier press, is one.
 */
export class DigitMerger {
  readonly #onDigit: (digit: string, way: DigitWay) => void;
  #recent: Taken[] = [];

  /** `onDigit` is told the way by which it came first. */
  constructor(onDigit: (digit: string, way: DigitWay) => void) {
    this.#onDigit = onDigit;
  }

  /** Takes a key that came by one way. `at`: milliseconds of any clock that does not go back. */
  take(digit: string, way: DigitWay, at: number = performance.now()): void {
    this.#recent = this.#recent.filter((taken) => at - taken.at <= TOGETHER_MS);
    const told = this.#recent.find((taken) => taken.digit === digit && !taken.ways.has(way));
    if (told !== undefined) {
      told.ways.add(way);
      return;
    }
    this.#recent.push({ digit, at, ways: new Set([way]) });
    this.#onDigit(digit, way);
  }
}
