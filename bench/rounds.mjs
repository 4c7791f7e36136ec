/** @typedef {Record<string, number>} Sample what one round measured, by name; `perSecond` among it */

/**
 * @typedef {object} Contender
 * @property {(count: number) => Promise<Sample>} measure does what it does `count` times
 * @property {number} warmUp how often in the first rounds, which do not count
 * @property {number} [seconds] how long a round shall take, by the speed of the warm-up; absent: `warmUp`
 *   times
 */

/** So that a round that went fast in the warm-up stays bounded. */
const COUNT_MAX = 5000;
const WARM_UP_ROUNDS_MAX = 6;
/** A round that costs less than this share of the cheapest before it shows that the process still gets faster. */
const STEADY = 0.95;

/**
 * Measures contenders in turn, A B B A, so that a busy machine slows all and none is always the first. Each is
 * warmed up before, until it gets no faster: a process that has just started costs twice what a warm one does. A
 * ratio is the median of the rounds' own ratios.
 * @param {number} rounds
 * @param {...Contender} contenders
 */
export async function interleave(rounds, ...contenders) {
  /** @type {Array<{ cold: Sample, count: number }>} */
  const warm = [];
  for (const contender of contenders) warm.push(await warmUp(contender));
  /** @type {Sample[][]} by round and contender */
  const samples = [];
  for (let round = 0; round < rounds; round++) {
    /** @type {Sample[]} */
    const sample = [];
    const order = contenders.map((_, index) => (round % 2 === 0 ? index : contenders.length - 1 - index));
    for (const index of order) {
      sample[index] = await /** @type {Contender} */ (contenders[index]).measure(warm[index]?.count ?? 0);
    }
    samples.push(sample);
  }
  return {
    /**
     * One contender next to another; by default the first next to the second.
     * @param {string} name
     * @param {[number, number]} which
     */
    of: (name, [a, b] = [0, 1]) => {
      const pairs = samples.map((sample) => ({
        a: sample[a]?.[name] ?? Number.NaN,
        b: sample[b]?.[name] ?? Number.NaN,
      }));
      return {
        a: median(pairs.map((pair) => pair.a)),
        b: median(pairs.map((pair) => pair.b)),
        ratio: median(pairs.map((pair) => pair.a / pair.b)),
        rounds: pairs,
      };
    },
    /**
     * The same of the very first round, in which each process was cold.
     * @param {string} name
     * @param {[number, number]} which
     */
    cold: (name, [a, b] = [0, 1]) => {
      const pair = { a: warm[a]?.cold[name] ?? Number.NaN, b: warm[b]?.cold[name] ?? Number.NaN };
      return { ...pair, ratio: pair.a / pair.b };
    },
  };
}

/**
 * Takes rounds that do not count until two in a row were not cheaper than one before them.
 * @param {Contender} contender
 */
async function warmUp({ measure, warmUp: count, seconds }) {
  const cold = await measure(count);
  let least = Number.POSITIVE_INFINITY;
  let next = count;
  for (let round = 0, dearer = 0; round < WARM_UP_ROUNDS_MAX && dearer < 2; round++) {
    const sample = await measure(next);
    const { perSecond = Number.NaN, cpuMs = 1 / perSecond } = sample;
    dearer = cpuMs > least * STEADY ? dearer + 1 : 0;
    least = Math.min(least, cpuMs);
    if (seconds !== undefined) next = Math.min(COUNT_MAX, Math.max(count, Math.round(perSecond * seconds)));
  }
  return { cold, count: next };
}

/** @param {readonly number[]} values at least one */
export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
