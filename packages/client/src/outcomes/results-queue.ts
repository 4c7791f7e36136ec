import { OutdialError, RESULTS_QUEUE, resultsQueueSchema } from '@outdial/contract';

/** Returns the name of a results queue, by default `results`. Throws `INVALID_CONFIGURATION` for an invalid one. */
export function checkResultsQueue(name: string = RESULTS_QUEUE): string {
  const parsed = resultsQueueSchema.safeParse(name);
  if (parsed.success) return parsed.data;
  const message = parsed.error.issues[0]?.message ?? 'invalid';
  throw new OutdialError('INVALID_CONFIGURATION', `resultsQueue: ${message} (got ${JSON.stringify(name)})`, {
    issues: [{ path: 'resultsQueue', message, value: name }],
  });
}
