import { Redis } from 'ioredis';
import { figure } from '../figure.mjs';
import { callsBy, mixedCallees } from '../load.mjs';
import { interleave } from '../rounds.mjs';

/** Many short ones: other programs on the machine spoil some, and the median leaves those out. */
const ROUNDS = 25;
const ROUND_SECONDS = 1;
const ROUND_TRIPS_MAX = 6;
const RATIO_MIN = 0.9;

/** @type {import('../figure.mjs').Bench} */
export const ledger = {
  name: 'ledger',
  title: 'What the ledger costs',
  outdial: 'Outdial',
  baseline: "the same worker, none of the ledger's writes (events and results still go out)",
  async run(network, say) {
    const { url } = await network.redis();
    const redis = new Redis(url);
    network.onClose(async () => redis.disconnect());
    const answers = await network.callee('answers-at-once');
    const rejects = await network.callee('rejects-busy-486');
    const loads = [
      { what: '30 % answered', inFlight: 20, callees: mixedCallees(answers, rejects) },
      { what: 'all rejected at once', inFlight: 50, callees: [rejects] },
    ];
    const figures = [];
    for (const [index, { what, inFlight, callees }] of loads.entries()) {
      say(what);
      const [worker, without] = await Promise.all([
        network.startWorker({ name: `ledger-${index}`, inFlight, countsCommands: true }),
        network.startWorker({
          name: `no-ledger-${index}`,
          inFlight,
          countsCommands: true,
          withLedger: false,
        }),
      ]);
      const contender = (/** @type {import('../measured-worker.mjs').MeasuredWorker} */ side) =>
        callsBy(
          async (targets) => {
            const before = await redisCpuMs(redis);
            const load = await side.run(targets);
            return { ...load, redisCpuMs: (await redisCpuMs(redis)) - before };
          },
          callees,
          {
            seconds: ROUND_SECONDS,
            more: (load, count) => ({ ...roundTrips(load, count), redisCpuMs: load.redisCpuMs / count }),
          },
        );
      const rounds = await interleave(ROUNDS, contender(worker), contender(without));
      await Promise.all([worker.close(), without.close()]);
      const speed = rounds.of('perSecond');
      const beside = rounds.of('besideQueue');
      const ofQueue = rounds.of('ofQueue');
      figures.push(
        figure(`${what}, ${inFlight} in flight`, 'calls/s', speed, {
          target: `at least ${RATIO_MIN} of it`,
          isMet: speed.ratio >= RATIO_MIN,
        }),
        figure('  its cost in Node', 'ms/call', rounds.of('cpuMs')),
        figure("  its cost in Redis, BullMQ's included", 'ms/call', rounds.of('redisCpuMs')),
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
 * @param {import('../measured-worker.mjs').Load} load
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

/** Milliseconds of processor time that the server has used. @param {Redis} redis */
async function redisCpuMs(redis) {
  const info = await redis.info('cpu');
  const seconds = (/** @type {string} */ kind) =>
    Number(new RegExp(`used_cpu_${kind}:([\\d.]+)`).exec(info)?.[1]);
  return 1000 * (seconds('user') + seconds('sys'));
}

/**
 * BullMQ's scripts, and the bare commands by which it waits for jobs and opens a queue. @param {string} name
 */
function isOfQueue(name) {
  return name.startsWith('bullmq.') || name === 'bzpopmin' || name === 'hset';
}
