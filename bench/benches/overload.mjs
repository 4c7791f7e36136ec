import { readFileSync } from 'node:fs';
import { figure } from '../figure.mjs';
import { mixedCallees } from '../load.mjs';

/** As many as a worker that nobody has tuned is configured for: far more than it can carry here. */
const IN_FLIGHT = 400;
const HEARD = { liveSpeakerDetect: /** @type {const} */ ('DEFAULT') };
/** How long a rate is offered, in seconds. A call that is heard lasts 2.6, and endpoints that are kept ready carry the first ones. */
const SECONDS = 10;
/** Calls a second. */
const FIRST_RATE = 20;
const HALVINGS = 3;
/** A rate is kept when so much of it is dialled. */
const KEPT = 0.9;
const OFFERED = [1.5, 3];
const WITHIN = 0.9;
const LOCKS_LOST = /could not renew lock|Missing lock|Lock mismatch/g;

/**
 * A worker that is offered more than it can do. Its lane is given a rate (of which three calls of ten are answered and
 * heard), and the jobs of some seconds at once: what is dialled a second tells whether it holds.
 * @type {import('../figure.mjs').Bench}
 */
export const overload = {
  name: 'overload',
  title: 'Offered more than it can do, 30 % answered and heard',
  outdial: 'calls dialled a second when the rate is offered',
  baseline: 'the highest rate at which nothing fails',
  async run(network, say) {
    const callees = mixedCallees(await network.speakingCallee(), await network.callee('rejects-busy-486'));
    const figures = [];
    for (const media of /** @type {const} */ (['worker', 'freeswitch'])) {
      const name = `overload-${media}`;
      const worker = await network.startWorker({ name, inFlight: IN_FLIGHT, media });
      const offer = offerer(worker, callees);
      // What is loaded and compiled once is not a rate's.
      await offer(FIRST_RATE);
      await offer(2 * FIRST_RATE);
      const best = await highest(offer, (rate) => say(`${media}'s media, ${rate} calls/s`));
      const whose = media === 'worker' ? 'own media' : "FreeSWITCH's media";
      for (const times of OFFERED) {
        const rate = Math.round(best.rate * times);
        say(`${whose}, ${times} times ${best.rate} calls/s`);
        const { dialled, lost, failed } = await offer(rate);
        const ratio = dialled / best.dialled;
        figures.push(
          figure(
            `${whose}, offered ${times} times the highest rate`,
            'calls/s',
            { a: dialled, b: best.dialled, ratio },
            { target: `at least ${WITHIN} of it`, isMet: ratio >= WITHIN },
          ),
          figure('  failed', 'calls', { a: failed }, { target: 'none', isMet: failed === 0 }),
          figure(
            '  answered, and not told to be persons',
            'calls',
            { a: lost },
            { target: 'none', isMet: lost === 0 },
          ),
        );
      }
      await worker.close();
      const locks = readFileSync(network.logFileOf(name), 'utf8').match(LOCKS_LOST)?.length ?? 0;
      figures.push(
        figure('  locks lost in all', 'jobs', { a: locks }, { target: 'none', isMet: locks === 0 }),
      );
    }
    return figures;
  },
};

/** @typedef {{ rate: number, dialled: number, lost: number, failed: number }} Offered */
/** @typedef {(rate: number) => Promise<Offered>} Offer */

/**
 * @param {import('../measured-worker.mjs').MeasuredWorker} worker
 * @param {readonly string[]} callees
 * @returns {Offer}
 */
function offerer(worker, callees) {
  return async (rate) => {
    await worker.setPace(rate);
    const targets = Array.from(
      { length: rate * SECONDS },
      (_, index) => /** @type {string} */ (callees[index % callees.length]),
    );
    const { steadyPerSecond, failed, answered, live } = await worker.run(targets, HEARD);
    return { rate, dialled: steadyPerSecond, lost: answered - live, failed };
  };
}

/**
 * The highest rate that was kept without a failure: doubled until one is not, then by halves in between.
 * @param {Offer} offer
 * @param {(rate: number) => void} say
 */
async function highest(offer, say) {
  /** @type {Offered | null} */
  let best = null;
  let tooMuch = Number.POSITIVE_INFINITY;
  let rate = FIRST_RATE;
  for (let halvings = 0; halvings < HALVINGS; ) {
    say(rate);
    const offered = await offer(rate);
    const isKept = offered.failed === 0 && offered.lost === 0 && offered.dialled >= KEPT * rate;
    if (isKept && (best === null || rate > best.rate)) best = offered;
    if (!isKept) tooMuch = rate;
    if (tooMuch < Number.POSITIVE_INFINITY) halvings += 1;
    if (best === null && tooMuch <= FIRST_RATE / 4)
      throw new Error(`not even ${tooMuch} calls a second are kept`);
    rate = tooMuch < Number.POSITIVE_INFINITY ? Math.round(((best?.rate ?? 0) + tooMuch) / 2) : 2 * rate;
  }
  if (best === null) throw new Error('no rate is kept');
  return best;
}
