import { monitorEventLoopDelay } from 'node:perf_hooks';

const SAMPLE_EVERY_MS = 5;

/** @typedef {{ p50Ms: number, p99Ms: number, maxMs: number }} Delay */

/** By how much this process' event loop is late: a timer's delay beyond what it was set to. */
export class EventLoopDelay {
  #histogram = monitorEventLoopDelay({ resolution: SAMPLE_EVERY_MS });

  start() {
    this.#histogram.reset();
    this.#histogram.enable();
  }

  /** @returns {Delay} */
  stop() {
    this.#histogram.disable();
    // Node's histogram holds the whole intervals.
    const late = (/** @type {number} */ ns) => Math.max(0, ns / 1e6 - SAMPLE_EVERY_MS);
    const { max } = this.#histogram;
    return {
      p50Ms: late(this.#histogram.percentile(50)),
      p99Ms: late(this.#histogram.percentile(99)),
      maxMs: late(max),
    };
  }
}
