import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CallEvents } from '@outdial/client';
import { formatWav, join as joinSounds, recording, silence, tone } from '@outdial/testkit/sounds';
import { figure } from '../figure.mjs';
import { median } from '../rounds.mjs';

const CALLS = 20;
/** They do not disturb each other so. */
const CALLS_PER_SECOND = 4;
const SAMPLES_A_MS = 8;
const BEEP_MS = 400;
const greeting = joinSounds(
  silence(300),
  recording('greeting').subarray(0, 5000 * SAMPLES_A_MS),
  silence(500),
);
const PLAN = {
  liveSpeakerDetect: /** @type {const} */ ('DEFAULT'),
  onAnswered: {
    ANSWER_MACHINE: [
      { step: /** @type {const} */ ('waitForAnswerMachine') },
      { step: /** @type {const} */ ('hangUp') },
    ],
  },
};

/**
 * The same mailbox, heard by both makers of media: how long after the first packet of its beep a message may be left.
 * @type {import('../figure.mjs').Bench}
 */
export const beep = {
  name: 'beep',
  title: "From a mailbox's first packet of a beep to waitEnded",
  outdial: "the worker's own media",
  baseline: "FreeSWITCH's media",
  async run(network, say) {
    const mailbox = joinSounds(greeting, tone(BEEP_MS, 1000), silence(20_000));
    writeFileSync(join(network.directory, 'mailbox.wav'), formatWav(mailbox, 'pcm16'));
    const address = await network.labCallees();
    const sides = [];
    for (const media of /** @type {const} */ (['worker', 'freeswitch'])) {
      say(`${CALLS} calls, ${media}'s media`);
      sides.push(await measure(network, address, media));
    }
    const [own, theirs] = /** @type {[Side, Side]} */ (sides);
    const isMet = own.medianMs <= theirs.medianMs;
    return [
      figure(
        'median',
        'ms',
        { a: own.medianMs, b: theirs.medianMs, ratio: own.medianMs / theirs.medianMs },
        { target: 'no later', isMet },
      ),
      figure('latest', 'ms', { a: own.latestMs, b: theirs.latestMs }),
      figure('ended by the beep', 'calls', { a: own.beeps, b: theirs.beeps }),
    ];
  },
};

/** @typedef {{ medianMs: number, latestMs: number, beeps: number }} Side */

/**
 * @param {import('../test-network.mjs').TestNetwork} network
 * @param {string} address
 * @param {'worker' | 'freeswitch'} media
 * @returns {Promise<Side>}
 */
async function measure(network, address, media) {
  const name = `beep-${media}`;
  const routes = [{ host: 'lab', address }];
  const worker = await network.startWorker({ name, inFlight: CALLS, media, routes });
  await worker.setPace(CALLS_PER_SECOND);
  const { url } = await network.redis();
  const events = new CallEvents({ redis: url, prefix: `{bench-${name}}` });
  const from = await events.lastId();
  /** When each call was placed with the mailbox, by its Call-ID, and when its wait ended. */
  const callIds = new Map();
  const waited = new Map();
  await worker.enqueue(Array(CALLS).fill('sip:plays@lab;file=mailbox.wav'), PLAN);
  let ended = 0;
  for await (const { event } of events.follow({ from })) {
    if (event.type === 'calling') callIds.set(event.jobId, event.callId);
    if (event.type === 'waitEnded') waited.set(event.jobId, event);
    if (event.type === 'ended') ended += 1;
    if (ended === CALLS) break;
  }
  await Promise.all([events.close(), worker.close()]);
  const acknowledged = new Map(await network.acknowledgements());
  const beepAfterMs = greeting.length / SAMPLES_A_MS;
  const lateMs = [...waited].map(
    ([jobId, { at }]) => at - (acknowledged.get(callIds.get(jobId)) ?? Number.NaN) - beepAfterMs,
  );
  return {
    medianMs: median(lateMs),
    latestMs: Math.max(...lateMs),
    beeps: [...waited.values()].filter(({ trigger }) => trigger === 'beep').length,
  };
}
