/** @typedef {import('./arrivals.mjs').Tally & { cpuMs: number }} Load what came of a number of calls, and its cost */

const WARM_UP_CALLS = 100;
const ROUND_SECONDS = 2;
/** More of them are no load but a breakdown. */
const FAILED_MAX = 0.05;

/**
 * A contender that calls callees in turn.
 * @template {Load} L
 * @param {(targets: string[]) => Promise<L>} run
 * @param {readonly string[]} callees
 * @param {{ seconds?: number, warmUp?: number, isSteady?: boolean, more?: (load: L, count: number) =>
 *   Record<string, number> }} [options] `isSteady`: the speed is that of the middle of a load, for calls that last longer than it
 *   takes to make many; `more`: what else of a load is to be told
 * @returns {import('./rounds.mjs').Contender}
 */
export function callsBy(
  run,
  callees,
  { seconds = ROUND_SECONDS, warmUp = WARM_UP_CALLS, isSteady = false, more = () => ({}) } = {},
) {
  return {
    warmUp,
    seconds,
    async measure(count) {
      const targets = Array.from(
        { length: count },
        (_, index) => /** @type {string} */ (callees[index % callees.length]),
      );
      const load = await run(targets);
      if (load.failed > count * FAILED_MAX) throw new Error(`${load.failed} of ${count} calls failed`);
      return {
        perSecond: isSteady ? load.steadyPerSecond : count / load.seconds,
        firstSecond: load.firstSecond,
        cpuMs: load.cpuMs / count,
        ...more(load, count),
      };
    },
  };
}

/**
 * Ten callees, of which three answer.
 * @param {string} answers
 * @param {string} rejects
 */
export function mixedCallees(answers, rejects) {
  return [answers, rejects, rejects, answers, rejects, rejects, answers, rejects, rejects, rejects];
}
