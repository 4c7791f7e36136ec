import { figure } from '../figure.mjs';
import { interleave } from '../rounds.mjs';
import { callsBy } from './calls.mjs';
import { mixedCallees } from './endpoints.mjs';

const ROUNDS = 5;
const ROUND_SECONDS = 2;
const ROUND_TRIPS_MAX = 6;
const RATIO_MIN = 0.9;

/** @type {import('../figure.mjs').Bench} */
export const ledger = {
  name: 'ledger',
  title: 'What the ledger costs',
  outdial: 'Outdial',
  baseline: 'the same engine with the ledger left out',
  async run(stage, say) {
    const loads = [
      { what: '30 % answered', inFlight: 20, callees: await mixedCallees(stage) },
      {
        what: 'all rejected at once',
        inFlight: 50,
        callees: [await stage.callee('rejects-busy-486')],
      },
    ];
    const figures = [];
    for (const [index, { what, inFlight, callees }] of loads.entries()) {
      say(what);
      const [engine, without] = await Promise.all([
        stage.startEngine({ name: `ledger-${index}`, inFlight }),
        stage.startEngine({ name: `no-ledger-${index}`, inFlight, withLedger: false }),
      ]);
      const rounds = await interleave(
        ROUNDS,
        callsBy((targets) => engine.run(targets), callees, { seconds: ROUND_SECONDS, more: roundTrips }),
        callsBy((targets) => without.run(targets), callees, { seconds: ROUND_SECONDS, more: roundTrips }),
      );
      await Promise.all([engine.stop(), without.stop()]);
      const speed = rounds.of('perSecond');
      const beside = rounds.of('besideQueue');
      const ofQueue = rounds.of('ofQueue');
      figures.push(
        figure(`${what}, ${inFlight} in flight`, 'calls/s', speed, {
          target: `at least ${RATIO_MIN} of it`,
          isMet: speed.ratio >= RATIO_MIN,
        }),
        figure('  its cost in Node', 'ms/call', rounds.of('cpuMs')),
        figure(
          '  Redis round trips beside BullMQ',
          'a call',
          { a: beside.a, b: beside.b },
          {
            target: `at most ${ROUND_TRIPS_MAX}`,
            isMet: beside.a <= ROUND_TRIPS_MAX,
          },
        ),
        figure("  Redis round trips of BullMQ's own", 'a call', { a: ofQueue.a, b: ofQueue.b }),
      );
    }
    return figures;
  },
};

/**
 * @param {import('../engine.mjs').Load} load
 * @param {number} count
 */
function roundTrips({ commands }, count) {
  let [besideQueue, ofQueue] = [0, 0];
  for (const [name, times] of Object.entries(commands)) {
    if (isOfQueue(name)) ofQueue += times / count;
    else besideQueue += times / count;
  }
  return { besideQueue, ofQueue };
}

/** BullMQ's scripts, and the bare commands by which it waits for jobs and opens a queue. @param {string} name */
function isOfQueue(name) {
  return name.startsWith('bullmq.') || name === 'bzpopmin' || name === 'hset';
}
