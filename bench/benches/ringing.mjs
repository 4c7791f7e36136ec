import { figure } from '../figure.mjs';
import { pause } from '../measured-worker.mjs';

const CALLS = 1000;
/** A lane begins so many a second: what a call that rings costs is asked, not what beginning it does. */
const CALLS_PER_SECOND = 200;
const WARM_UP_CALLS = 500;
/** From the INVITE on: longer than all need to be begun, and the measurement takes. */
const SECONDS_TIMEOUT = 25;
const WINDOW_MS = 6000;
const SETTLE_MS = 1000;
const KIB = 1024;

/**
 * Most dials ring and are never answered, so what a call costs that merely rings decides how many a worker can hold.
 * @type {import('../figure.mjs').Bench}
 */
export const ringing = {
  name: 'ringing',
  title: `${CALLS} calls that ring at once, on the worker's own media`,
  outdial: "Outdial's worker process",
  baseline: 'the same with no calls',
  async run(network, say) {
    const [rejects, rings] = await Promise.all([
      network.callee('rejects-busy-486'),
      network.callee('rings-until-cancelled'),
    ]);
    const worker = await network.startWorker({ name: 'ringing', inFlight: CALLS, media: 'worker' });
    // What is loaded, compiled and allocated once is not a call's.
    await worker.run(Array(WARM_UP_CALLS).fill(rejects));
    await pause(SETTLE_MS);
    const empty = await worker.memory();
    const idle = await worker.watch(WINDOW_MS);
    say(`bringing ${CALLS} calls up`);
    await worker.setPace(CALLS_PER_SECOND);
    const placed = worker.place(Array(CALLS).fill(rings), { secondsTimeout: SECONDS_TIMEOUT });
    while ((await worker.callsUp()) < CALLS) await pause(100);
    await pause(SETTLE_MS);
    say(`${CALLS} calls ring`);
    const busy = await worker.watch(WINDOW_MS);
    const full = await worker.memory();
    const up = await worker.callsUp();
    const { failed } = await placed;
    await worker.close();
    const each = (full.rss - empty.rss) / CALLS / KIB;
    return [
      figure('ring at the end of it', 'calls', { a: up }, { target: `all ${CALLS}`, isMet: up === CALLS }),
      figure('failed', 'calls', { a: failed }, { target: 'none', isMet: failed === 0 }),
      figure(
        'processor while they ring',
        '% of a core',
        { a: busy.cpuPercent, b: idle.cpuPercent },
        { target: 'at most 5', isMet: busy.cpuPercent <= 5 },
      ),
      figure('resident a call', 'KiB', { a: each }, { target: 'at most 60', isMet: each <= 60 }),
      figure('heap used a call', 'KiB', { a: (full.heapUsed - empty.heapUsed) / CALLS / KIB }),
      figure('event loop late, p99', 'ms', { a: busy.delay.p99Ms, b: idle.delay.p99Ms }),
    ];
  },
};
