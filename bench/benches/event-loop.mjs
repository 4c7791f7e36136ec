import { join } from 'node:path';
import { EventLoopDelay } from '../event-loop-delay.mjs';
import { figure } from '../figure.mjs';
import { writeSpeech } from '../speech.mjs';

const CALLS = 200;
/** A storm of answered calls is not what is measured here. */
const CALLS_PER_SECOND = 15;
const WINDOW_MS = 6000;
const IDLE_MS = 3000;
/** The callee stays on for 20 s after it: together longer than this measurement takes. */
const SPEECH_SECONDS = 40;
const CALLEE = 'sip:plays@lab;file=speech.wav';

/** @type {import('../figure.mjs').Bench} */
export const eventLoop = {
  name: 'event-loop',
  title: `How late the event loop is, ${CALLS} calls up and each callee's audio heard by the detector`,
  outdial: "Outdial's worker process",
  baseline: 'an idle Node process at the same time',
  async run(network, say) {
    writeSpeech(join(network.directory, 'speech.wav'), SPEECH_SECONDS);
    const address = await network.labCallees();
    const routes = [{ host: 'lab', address }];
    const worker = await network.startWorker({ name: 'event-loop', inFlight: CALLS, routes });
    say('no calls up');
    const idle = await measure(worker, IDLE_MS);
    say(`bringing ${CALLS} calls up`);
    await worker.setPace(CALLS_PER_SECOND);
    await worker.place(Array(CALLS).fill(CALLEE), {
      liveSpeakerDetect: 'DEFAULT',
      onAnswered: { otherwise: [{ step: 'hold', milliseconds: null }] },
    });
    say(`${CALLS} calls up`);
    const busy = await measure(worker, WINDOW_MS);
    const up = await worker.callsUp();
    await worker.close();
    return [
      ...figures('no calls up', idle),
      ...figures(`${CALLS} calls up`, busy),
      figure('  up to the end of it', 'calls', { a: up }, { target: `all ${CALLS}`, isMet: up === CALLS }),
      figure('  its processor use', '% of a core', { a: busy.cpuPercent }),
    ];
  },
};

/**
 * @param {import('../measured-worker.mjs').MeasuredWorker} worker
 * @param {number} ms
 */
async function measure(worker, ms) {
  // This process has nothing else to do meanwhile.
  const own = new EventLoopDelay();
  own.start();
  const { delay, cpuPercent } = await worker.watch(ms);
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
