import { figure } from '../figure.mjs';
import { interleave } from '../rounds.mjs';
import { callsBy } from './calls.mjs';

const ROUNDS = 3;
const IN_FLIGHT = 20;
/** @type {import('../figure.mjs').Bench} */
export const endpoints = {
  name: 'endpoints',
  title: 'Calls a second with endpoints, 30 % answered and the rest rejected at once',
  outdial: 'Outdial: an endpoint that nobody heard is used again',
  baseline: 'a loop that makes an endpoint for each call',
  async run(stage, say) {
    const caller = await stage.caller();
    const callees = await mixedCallees(stage);
    const engine = await stage.startEngine({ name: 'endpoints', inFlight: IN_FLIGHT });
    const of = `30 % answered, ${IN_FLIGHT} in flight`;
    say(of);
    const rounds = await interleave(
      ROUNDS,
      callsBy((targets) => engine.run(targets), callees),
      callsBy((targets) => caller.ask('run', { targets, inFlight: IN_FLIGHT, withEndpoints: true }), callees),
    );
    await engine.stop();
    return [
      figure(of, 'calls/s', rounds.of('perSecond')),
      figure('  its cost in Node', 'ms/call', rounds.of('cpuMs')),
    ];
  },
};

/** Ten callees, of which three answer. @param {import('../stage.mjs').Stage} stage */
export async function mixedCallees(stage) {
  const [answers, rejects] = await Promise.all([
    stage.callee('answers-at-once'),
    stage.callee('rejects-busy-486'),
  ]);
  return [answers, rejects, rejects, answers, rejects, rejects, answers, rejects, rejects, rejects];
}
