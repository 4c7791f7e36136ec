import { EventLoopDelay } from '../event-loop-delay.mjs';
import { figure } from '../figure.mjs';

const CALLS = 200;
const WINDOW_MS = 8000;
const IDLE_MS = 3000;
/** Speaks for 7 s, beeps and stays on: up for longer than this measurement takes. */
const CALLEE = 'sip:voicemail@lab';

/** @type {import('../figure.mjs').Bench} */
export const eventLoop = {
  name: 'event-loop',
  title: `How late the event loop is, ${CALLS} calls up and each callee's audio heard by the detector`,
  outdial: "Outdial's worker process",
  baseline: 'an idle Node process at the same time',
  async run(stage, say) {
    const address = await stage.labCallees();
    const routes = [{ host: 'lab', address }];
    const engine = await stage.startEngine({ name: 'event-loop', inFlight: CALLS, routes });
    say('no calls up');
    const idle = await measure(engine, IDLE_MS);
    say(`bringing ${CALLS} calls up`);
    await engine.place(Array(CALLS).fill(CALLEE), {
      liveSpeakerDetect: 'DEFAULT',
      onAnswered: { otherwise: [{ step: 'hold', milliseconds: null }] },
    });
    say(`${CALLS} calls up`);
    const busy = await measure(engine, WINDOW_MS);
    const up = await engine.callsUp();
    await engine.stop();
    if (up < CALLS) throw new Error(`only ${up} of ${CALLS} calls were up to the end`);
    return [
      ...figures('no calls up', idle),
      ...figures(`${CALLS} calls up`, busy),
      figure('  its processor use', '% of a core', { a: busy.cpuPercent }),
    ];
  },
};

/**
 * @param {import('../engine.mjs').Engine} engine
 * @param {number} ms
 */
async function measure(engine, ms) {
  // This process has nothing else to do meanwhile.
  const own = new EventLoopDelay();
  own.start();
  const { delay, cpuPercent } = await engine.watch(ms);
  return { worker: delay, cpuPercent, idle: own.stop() };
}

/**
 * @param {string} when
 * @param {Awaited<ReturnType<typeof measure>>} delays
 */
function figures(when, { worker, idle }) {
  return /** @type {const} */ (['p50Ms', 'p99Ms', 'maxMs']).map((name) =>
    figure(`${name.slice(0, -2)}, ${when}`, 'ms', { a: worker[name], b: idle[name] }),
  );
}
