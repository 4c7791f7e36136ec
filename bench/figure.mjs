/**
 * @typedef {object} Figure one line of the report
 * @property {string} what
 * @property {string} unit
 * @property {number} outdial
 * @property {number | null} baseline null: there is nothing to compare it with
 * @property {number | null} ratio Outdial to the baseline
 * @property {string | null} target what the project holds itself to, in words
 * @property {boolean | null} isMet
 * @property {Array<{ a: number, b: number }>} rounds Outdial and the baseline, round by round
 */

/**
 * @typedef {object} Bench
 * @property {string} name for `--only`
 * @property {string} title
 * @property {string} outdial what the first column of numbers is
 * @property {string} baseline what the second is
 * @property {(network: import('./test-network.mjs').TestNetwork, say: (progress: string) => void) =>
 *   Promise<Figure[]>} run
 */

/**
 * @param {string} what
 * @param {string} unit
 * @param {{ a: number, b?: number, ratio?: number, rounds?: Array<{ a: number, b: number }> }} measured
 * @param {{ target?: string, isMet?: boolean }} [aim]
 * @returns {Figure}
 */
export function figure(what, unit, { a, b, ratio, rounds = [] }, { target, isMet } = {}) {
  return {
    what,
    unit,
    outdial: a,
    baseline: b ?? null,
    ratio: ratio ?? null,
    target: target ?? null,
    isMet: isMet ?? null,
    rounds,
  };
}
