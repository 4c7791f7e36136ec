// Reminds patients of their appointments: 1 confirms, 2 is for the reception, 9 opts out, and a mailbox gets a message.
// node examples/remind-patients.mjs reminders-2026-11-23 examples/patients.json /prompts tel:+441632960037
import { readFile } from 'node:fs/promises';
import { Outdial } from '@outdial/client';

const [campaign = 'reminders', file = '', prompts = '', reception] = process.argv.slice(2);
/** @type {{ id: string, phone: string }[]} */
const patients = JSON.parse(await readFile(file, 'utf8'));

const PLAY = /** @type {const} */ ('play');
const play = (/** @type {string} */ name) => ({ step: PLAY, source: `${prompts}/${name}.wav` });
const callBack = [play('we-will-call-you-back')];
/** @type {import('@outdial/client').CallJobInput['onAnswered']} */
const onAnswered = {
  LIVE: [
    {
      step: 'gather',
      prompt: `${prompts}/reminder.wav`, // "... press 1 to confirm, 2 for the reception, 9 for no more calls"
      retries: 1,
      into: 'answer',
      branches: {
        1: [play('see-you-there')],
        2: reception ? [{ step: 'bridge', to: reception, branches: { unanswered: callBack } }] : callBack,
        9: [{ step: 'notify', name: 'optOut' }, play('no-more-calls')],
        timeout: [play('good-bye')],
      },
    },
  ],
  ANSWER_MACHINE: [{ step: 'waitForAnswerMachine', secondsTimeout: 30 }, play('message')],
};
const ANSWERS = new Map(Object.entries({ 1: 'confirmed', 2: 'reception', 9: 'opted out' }));

/** @param {import('@outdial/client').EndedRecord} ended */
function outcomeOf({ farEndType, digits, steps }) {
  if (farEndType === 'FAX_MACHINE') return 'fax';
  if (farEndType !== 'ANSWER_MACHINE') return ANSWERS.get(digits.answer ?? '') ?? 'no choice';
  const last = steps.at(-1);
  return last?.step === 'play' && last.outcome === 'finished' ? 'message left' : 'no message';
}
const redis = process.env.OUTDIAL_REDIS_URL ?? 'redis://127.0.0.1:6379';
const outdial = new Outdial({ redis, resultsQueue: campaign });
let open = patients.length;
const tell = (/** @type {string} */ jobId, /** @type {string} */ outcome) => {
  console.log(`${jobId}: ${outcome}`);
  if (--open === 0) setImmediate(() => outdial.close());
};
outdial.results.consume(async ({ jobId, cause, timings }) => {
  if (timings.answeredAt === undefined) tell(jobId, cause); // the others have an ended record
});
outdial.endedRecords.consume(async (ended) => tell(ended.jobId, outcomeOf(ended)));
await outdial.queue.addBulk(
  patients.map(({ id, phone }) => ({
    id: `${campaign}-${id}`,
    callTo: `tel:${phone}`,
    callFrom: '+441632960999',
    secondsTimeout: 10,
    liveSpeakerDetect: 'DEFAULT',
    onAnswered,
  })),
);
