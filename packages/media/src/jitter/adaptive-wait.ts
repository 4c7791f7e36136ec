/** The wait on a line that keeps its order: two packets of 20 ms. */
const SHORTEST_MS = 40;
const LONGEST_MS = 240;
/** Added to how late a packet was, so that the next one like it is waited for. */
const MARGIN_MS = 20;
/** The wait falls by a twentieth every so many packets without a late one: 5 s. */
const CALM_PACKETS = 250;

/** How long to wait for a missing packet: as long as late ones have been late, falling slowly when none are. */
export class AdaptiveWait {
  #ms = SHORTEST_MS;
  #calm = 0;

  /** In ms of the stream's own clock. */
  get ms(): number {
    return this.#ms;
  }

  /** A packet came in time. */
  inTime(): void {
    this.#calm += 1;
    if (this.#calm < CALM_PACKETS) return;
    this.#calm = 0;
    this.#ms = Math.max(SHORTEST_MS, this.#ms * 0.95);
  }

  /** A packet came after it had been given up, by so much of the stream's clock. */
  late(byMs: number): void {
    this.#calm = 0;
    this.#ms = Math.min(LONGEST_MS, Math.max(this.#ms, byMs + MARGIN_MS));
  }
}
