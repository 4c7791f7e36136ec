/** @typedef {Record<string, number>} Sample what one round measured, by name; `perSecond` among it */

/**
 * @typedef {object} Contender
 * @property {(count: number) => Promise<Sample>} measure does what it does `count` times
 * @property {number} warmUp how often in the rounds that do not count
 * @property {number} [seconds] how long a round shall take, by the speed of the warm-up; absent: `warmUp` times
 */

/** So that a round that went fast in the warm-up stays bounded. */
const COUNT_MAX = 2000;

/**
 * Measures two contenders in turn, A B B A, so that a busy machine slows both and neither is always the first, after
 * two rounds each that do not count. A ratio is the median of the rounds' own ratios.
 * @param {number} rounds
 * @param {Contender} a
 * @param {Contender} b
 */
export async function interleave(rounds, a, b) {
  const countA = await warmUp(a);
  const countB = await warmUp(b);
  /** @type {Array<{ a: Sample, b: Sample }>} */
  const samples = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      samples.push({ a: await a.measure(countA), b: await b.measure(countB) });
    } else {
      const sample = await b.measure(countB);
      samples.push({ a: await a.measure(countA), b: sample });
    }
  }
  return {
    /** @param {string} name */
    of: (name) => {
      const pairs = samples.map((sample) => ({
        a: sample.a[name] ?? Number.NaN,
        b: sample.b[name] ?? Number.NaN,
      }));
      return {
        a: median(pairs.map((pair) => pair.a)),
        b: median(pairs.map((pair) => pair.b)),
        ratio: median(pairs.map((pair) => pair.a / pair.b)),
        rounds: pairs,
      };
    },
  };
}

/**
 * How often a round that counts does it.
 * @param {Contender} contender
 */
async function warmUp({ measure, warmUp: count, seconds }) {
  // The first loads and connects what the second, which tells the speed, finds ready.
  await measure(count);
  const { perSecond = Number.NaN } = await measure(count);
  return seconds === undefined
    ? count
    : Math.min(COUNT_MAX, Math.max(count, Math.round(perSecond * seconds)));
}

/** @param {readonly number[]} values at least one */
export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
