// Reminds patients of their appointments, and prints each result as it comes:
// node examples/run-a-campaign.mjs reminders-2026-11-23 examples/patients.json
import { readFile } from 'node:fs/promises';
import { Outdial } from '@outdial/client';

const [campaign = 'reminders', file = 'patients.json'] = process.argv.slice(2);
/** @type {{ id: string, phone: string }[]} */
const patients = JSON.parse(await readFile(file, 'utf8'));
const outdial = new Outdial({
  redis: process.env.OUTDIAL_REDIS_URL ?? 'redis://127.0.0.1:6379',
  resultsQueue: campaign, // its results are not mixed with those of other campaigns
});
try {
  const jobs = await outdial.queue.addBulk(
    patients.map(({ id, phone }) => ({
      id: `${campaign}-${id}`, // your idempotency key: the same id twice is one call
      callTo: `tel:${phone}`,
      callFrom: '+441632960999',
      secondsTimeout: 30,
      liveSpeakerDetect: 'DEFAULT',
      onAnswered: {
        LIVE: [{ step: 'play', source: '/prompts/reminder.wav' }],
        ANSWER_MACHINE: [{ step: 'waitForAnswerMachine' }, { step: 'play', source: '/prompts/reminder.wav' }],
      },
    })),
  );
  // Results that are there already come first. Nothing is taken: run it again, or twice at once, and each run
  // prints all of them.
  for await (const { jobId, state, cause, farEndType } of outdial.resultsOf(jobs.map(({ id }) => id))) {
    console.log(`${jobId}: ${state === 'ANSWERED' ? farEndType : cause}`);
  }
} finally {
  await outdial.close();
}
