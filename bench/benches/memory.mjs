import { figure } from '../figure.mjs';
import { pause } from '../measured-worker.mjs';

const STEPS = [100, 200];
const WARM_UP_CALLS = 20;
const MAKING_AT_A_TIME = 10;
const SETTLE_MS = 500;
const HOLD = { onAnswered: { otherwise: [{ step: /** @type {const} */ ('hold'), milliseconds: null }] } };

/** @type {import('../figure.mjs').Bench} */
export const memory = {
  name: 'memory',
  title: 'Memory a held call (answered, with an endpoint), after garbage collection',
  outdial: "Outdial's worker process",
  baseline: 'a process that holds createEndpoint + createUAC alone',
  async run(network, say) {
    const callee = await network.callee('answers-at-once');
    const worker = await network.startWorker({ name: 'memory', inFlight: STEPS.at(-1) ?? 0 });
    const caller = await network.bareCaller();
    const targets = (/** @type {number} */ count) => Array(count).fill(callee);
    // What is loaded, compiled and allocated once is not a call's.
    await worker.run(targets(WARM_UP_CALLS));
    await caller.ask('hold', { targets: targets(WARM_UP_CALLS), inFlight: MAKING_AT_A_TIME });
    await caller.ask('release');

    const contenders = [
      {
        hold: (/** @type {number} */ count) => worker.place(targets(count), HOLD),
        read: () => worker.memory(),
      },
      {
        hold: (/** @type {number} */ count) =>
          caller.ask('hold', { targets: targets(count), inFlight: MAKING_AT_A_TIME }),
        read: () => caller.ask('memory'),
      },
    ];
    const readings = [];
    for (const { hold, read } of contenders) {
      await pause(SETTLE_MS);
      const empty = await read();
      const steps = [];
      let up = 0;
      for (const step of STEPS) {
        say(`holding ${step} calls`);
        await hold(step - up);
        up = step;
        await pause(SETTLE_MS);
        steps.push(await read());
      }
      readings.push({ empty, steps });
      if (readings.length === 1) await worker.close();
      else await caller.ask('release');
    }
    return figures(readings);
  },
};

/** @typedef {{ rss: number, heapUsed: number }} Memory */

/** @param {Array<{ empty: Memory, steps: Memory[] }>} readings of Outdial and of the baseline */
function figures(readings) {
  const [outdial, bare] = readings;
  if (outdial === undefined || bare === undefined) return [];
  const MIB = 1024 * 1024;
  const figures = [
    figure('resident, no calls', 'MiB', { a: outdial.empty.rss / MIB, b: bare.empty.rss / MIB }),
    figure('heap used, no calls', 'MiB', { a: outdial.empty.heapUsed / MIB, b: bare.empty.heapUsed / MIB }),
  ];
  for (const [index, calls] of STEPS.entries()) {
    for (const [what, key] of /** @type {const} */ ([
      ['resident', 'rss'],
      ['heap used', 'heapUsed'],
    ])) {
      const kib = (/** @type {{ empty: Memory, steps: Memory[] }} */ { empty, steps }) =>
        ((steps[index]?.[key] ?? Number.NaN) - empty[key]) / calls / 1024;
      figures.push(figure(`${what} a call, ${calls} calls up`, 'KiB', { a: kib(outdial), b: kib(bare) }));
    }
  }
  return figures;
}
