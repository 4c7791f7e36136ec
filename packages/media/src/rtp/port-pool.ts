import { MediaError } from '../errors.js';

/** The UDP ports that legs may take, both ends included. */
export interface PortRange {
  /** Default 16384. */
  min: number;
  /** Default 32767. */
  max: number;
}

/**
 * Hands out even ports of a range in turn. One that was given back is used again last, so that the late packets of a
 * call do not reach the next one.
 */
export class PortPool {
  readonly #free: number[] = [];
  /** Where the next port stands in `#free`, so that taking one does not move the others. */
  #head = 0;

  /** Throws `INVALID_OPTIONS` when the range holds no pair. */
  constructor({ min, max }: PortRange) {
    const isPort = (port: number) => Number.isInteger(port) && port >= 1024 && port <= 65_535;
    if (!isPort(min) || !isPort(max)) throw new MediaError('INVALID_OPTIONS', `ports ${min} to ${max}`);
    for (let port = min + (min % 2); port + 1 <= max; port += 2) this.#free.push(port);
    if (this.#free.length === 0)
      throw new MediaError('INVALID_OPTIONS', `ports ${min} to ${max} hold no pair that begins even`);
  }

  /** Pairs that are not taken. */
  get size(): number {
    return this.#free.length - this.#head;
  }

  /** The even port of a pair, or null when none is left. */
  take(): number | null {
    const port = this.#free[this.#head];
    if (port === undefined) return null;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#free.length) {
      this.#free.splice(0, this.#head);
      this.#head = 0;
    }
    return port;
  }

  giveBack(port: number): void {
    this.#free.push(port);
  }
}
