import { figure } from '../figure.mjs';

const CALLS_UP = 200;
const CALLS_RINGING = 40;
/** The first deadline comes after every INVITE has been sent. */
const SHORTEST_SECONDS = 4;

/** @type {import('../figure.mjs').Bench} */
export const deadlines = {
  name: 'deadlines',
  title: `How exactly secondsTimeout is kept, ${CALLS_UP} calls up`,
  outdial: 'from INVITE to CANCEL by the callee, less secondsTimeout',
  baseline: 'none',
  async run(network, say) {
    const answering = await network.callee('answers-at-once');
    const ringing = await network.sipp('rings-until-cancelled');
    const worker = await network.startWorker({ name: 'deadlines', inFlight: CALLS_UP + CALLS_RINGING });
    say(`bringing ${CALLS_UP} calls up`);
    await worker.place(Array(CALLS_UP).fill(answering), {
      onAnswered: { otherwise: [{ step: 'hold', milliseconds: null }] },
    });
    say(`${CALLS_RINGING} calls ring`);
    const seconds = Array.from(
      { length: CALLS_RINGING },
      (_, index) => SHORTEST_SECONDS + index / CALLS_RINGING,
    );
    await worker.placeEach(
      seconds.map((secondsTimeout, index) => ({
        callTo: `sip:deadline-${index}@${ringing.address}`,
        secondsTimeout,
      })),
    );
    const late = latenessMs(ringing.log(), seconds);
    await worker.close();
    const worst = Math.max(...late.map(Math.abs));
    return [
      figure('median', 'ms', { a: late.sort((a, b) => a - b)[Math.floor(late.length / 2)] ?? Number.NaN }),
      figure('worst', 'ms', { a: worst }, { target: 'at most 250', isMet: worst <= 250 }),
    ];
  },
};

/**
 * How much later than asked for each CANCEL came, by the callee's log.
 * @param {readonly import('@outdial/testkit').SippMessage[]} log
 * @param {readonly number[]} seconds the time limit of `deadline-0`, `deadline-1`, ...
 */
function latenessMs(log, seconds) {
  const cancelledAt = new Map(
    log.filter(({ method }) => method === 'CANCEL').map(({ callId, atMs }) => [callId, atMs]),
  );
  return log
    .filter(({ method }) => method === 'INVITE')
    .map(({ startLine, callId, atMs }) => {
      const index = Number(/sip:deadline-(\d+)@/.exec(startLine)?.[1]);
      const rangMs = (cancelledAt.get(callId) ?? Number.NaN) - atMs;
      return rangMs - (seconds[index] ?? Number.NaN) * 1000;
    });
}
