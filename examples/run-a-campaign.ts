import { CallQueue, CallResults } from '@outdial/client';

/** Reminds patients of their appointments, and tells of each result as it comes. */
export async function runACampaign(
  redis: string,
  patients: ReadonlyArray<{ id: string; phone: string }>,
  tell: (line: string) => void,
): Promise<void> {
  const queue = new CallQueue({ redis });
  const results = new CallResults({ redis });
  try {
    const jobs = await queue.addBulk(
      patients.map(({ id, phone }) => ({
        id: `reminder-2026-11-23-${id}`, // your idempotency key: the same id twice is one call
        callTo: `tel:${phone}`,
        callFrom: '+441632960999',
        secondsTimeout: 30,
        liveSpeakerDetect: 'DEFAULT',
        onAnswered: {
          LIVE: [{ step: 'play', source: '/prompts/reminder.wav' }],
          ANSWER_MACHINE: [
            { step: 'waitForAnswerMachine' },
            { step: 'play', source: '/prompts/reminder.wav' },
          ],
        },
      })),
    );
    const waitedFor = new Set(jobs.map(({ id }) => id));
    await new Promise<void>((resolve) => {
      // Once this returns, the result is done with; were it to throw, the result would come again.
      results.consume(({ jobId, state, cause, farEndType }) => {
        tell(`${jobId}: ${state === 'ANSWERED' ? farEndType : cause}`);
        waitedFor.delete(jobId);
        if (waitedFor.size === 0) resolve();
      });
    });
  } finally {
    await results.close();
    await queue.close();
  }
}
