import { figure } from '../figure.mjs';
import { interleave } from '../rounds.mjs';

const ROUNDS = 3;
const WARM_UP_CALLS = 60;
const ROUND_SECONDS = 2.5;

/**
 * Every answered call of Outdial has an endpoint, and the bare loop of this measurement has none: the first
 * load is bound by how fast FreeSWITCH makes endpoints, the second, whose endpoints are used again, is not.
 */
const LOADS = [
  { what: 'answered at once', scenario: /** @type {const} */ ('answers-at-once'), inFlight: 20 },
  { what: 'rejected at once (486)', scenario: /** @type {const} */ ('rejects-busy-486'), inFlight: 50 },
];

/** @type {import('../figure.mjs').Bench} */
export const calls = {
  name: 'calls',
  title: 'Calls a second, from the queue to the result',
  outdial: 'Outdial',
  baseline: 'bare createUAC loop, no endpoints',
  async run(stage, say) {
    const caller = await stage.caller();
    const figures = [];
    for (const { what, scenario, inFlight } of LOADS) {
      const callee = await stage.callee(scenario);
      const engine = await stage.startEngine({ name: `calls-${scenario}`, inFlight });
      const of = `${what}, ${inFlight} in flight`;
      say(of);
      const rounds = await interleave(
        ROUNDS,
        callsBy((targets) => engine.run(targets), [callee]),
        callsBy((targets) => caller.ask('run', { targets, inFlight, withEndpoints: false }), [callee]),
      );
      await engine.stop();
      figures.push(figure(of, 'calls/s', rounds.of('perSecond')));
      figures.push(figure('  its cost in Node', 'ms/call', rounds.of('cpuMs')));
    }
    return figures;
  },
};

/** @typedef {{ seconds: number, cpuMs: number, failed: number }} Load */

/**
 * A contender that calls callees in turn.
 * @template {Load} L
 * @param {(targets: string[]) => Promise<L>} run
 * @param {readonly string[]} callees
 * @param {{ seconds?: number, more?: (load: L, count: number) => Record<string, number> }} [options]
 *   `more`: what else of a load is to be told
 * @returns {import('../rounds.mjs').Contender}
 */
export function callsBy(run, callees, { seconds = ROUND_SECONDS, more = () => ({}) } = {}) {
  return {
    warmUp: WARM_UP_CALLS,
    seconds,
    async measure(count) {
      const targets = Array.from(
        { length: count },
        (_, index) => /** @type {string} */ (callees[index % callees.length]),
      );
      const load = await run(targets);
      if (load.failed > count / 20) throw new Error(`${load.failed} of ${count} calls failed`);
      return { perSecond: count / load.seconds, cpuMs: load.cpuMs / count, ...more(load, count) };
    },
  };
}
