/**
 * @typedef {object} Tally
 * @property {number} seconds from the start to the last result
 * @property {number} steadyPerSecond results a second, without the first and the last fifth of them
 * @property {number} firstSecond how many results came in the first second, in calls a second
 * @property {number} failed
 * @property {number} answered
 * @property {number} live answered by a person, by the verdict
 */

/** Counts results as they come, until all that are expected have. */
export class Arrivals {
  #outstanding = 0;
  #startedAt = 0;
  /** When each result came, in seconds from the start. @type {number[]} */
  #times = [];
  #counts = { failed: 0, answered: 0, live: 0 };
  /** @type {(tally: Tally) => void} */
  #onAll = () => {};

  /** From now on so many results are expected. @param {number} count @returns {Promise<Tally>} */
  expect(count) {
    this.#outstanding = count;
    this.#times = [];
    this.#counts = { failed: 0, answered: 0, live: 0 };
    this.#startedAt = performance.now();
    return new Promise((resolve) => {
      this.#onAll = resolve;
    });
  }

  /** @param {{ isFailed: boolean, isAnswered: boolean, isLive?: boolean }} result */
  add({ isFailed, isAnswered, isLive = false }) {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#times.push(seconds);
    if (isFailed) this.#counts.failed += 1;
    if (isAnswered) this.#counts.answered += 1;
    if (isLive) this.#counts.live += 1;
    this.#outstanding -= 1;
    if (this.#outstanding > 0) return;
    const firstSecond = this.#times.filter((time) => time <= 1).length / Math.min(1, seconds);
    this.#onAll({ seconds, firstSecond, steadyPerSecond: this.#steadyPerSecond(), ...this.#counts });
  }
  #steadyPerSecond() {
    const fifth = Math.floor(this.#times.length / 5);
    const last = this.#times.length - 1 - fifth;
    const between = (this.#times[last] ?? 0) - (this.#times[fifth] ?? 0);
    return (last - fifth) / between;
  }
}
