/**
 * A contender that places calls or jobs, `count` at a time, and empties Redis after each round.
 * @param {object} load `warmUp` and `seconds` of a contender
 * @param {number} load.warmUp
 * @param {number} [load.seconds]
 * @param {(count: number) => Promise<unknown>} placeAll
 * @param {() => Promise<unknown>} empty
 * @returns {import('./rounds.mjs').Contender}
 */
export function placing(load, placeAll, empty) {
  return {
    ...load,
    async measure(count) {
      const startedAt = performance.now();
      await placeAll(count);
      const seconds = (performance.now() - startedAt) / 1000;
      await empty();
      return { perSecond: count / seconds };
    },
  };
}

/**
 * @template T
 * @param {readonly T[]} items
 * @param {number} inFlight
 * @param {(item: T) => Promise<unknown>} take
 */
export async function each(items, inFlight, take) {
  const rest = items.values();
  const line = async () => {
    for (const item of rest) await take(item);
  };
  await Promise.all(Array.from({ length: inFlight }, line));
}
