import { ledgerKeys, RESULTS_QUEUE, resultsQueueSchema, resultsQueuesKey } from '@outdial/contract';
import type { RedisAccess } from '@outdial/queue';
import type { AuditContext } from '../context.js';
import { Snapshot, unlessWrongType } from './snapshot.js';

/** The default results queue, and those that jobs have named. */
export async function readResultsQueues(access: RedisAccess): Promise<string[]> {
  const named = await access.request('audit', (client) =>
    unlessWrongType(client.zrange(resultsQueuesKey(access.prefix), '0', '-1'), []),
  );
  return [RESULTS_QUEUE, ...named.filter((name) => resultsQueueSchema.safeParse(name).success)];
}

/**
 * The results queue of each entry, as its result or its job names it. It does not change while there is an entry, so it
 * may be read before the entry itself.
 */
export async function resultsQueuesOfEntries(
  jobIds: readonly string[],
  context: AuditContext,
): Promise<string[]> {
  const keys = ledgerKeys(context.prefix);
  return readNamed(
    jobIds.map((jobId) => ({ key: keys.call(jobId), fields: ['result', 'job'] })),
    context,
  );
}

/** The results queue of each job in a lane, as its data names it. */
export async function resultsQueuesOfJobs(
  jobs: ReadonlyArray<{ lane: string; id: string }>,
  context: AuditContext,
): Promise<string[]> {
  return readNamed(
    jobs.map(({ lane, id }) => ({ key: context.lane(lane).key(id), fields: ['data'] })),
    context,
  );
}

async function readNamed(
  records: ReadonlyArray<{ key: string; fields: readonly string[] }>,
  context: AuditContext,
): Promise<string[]> {
  // As a rule jobs name none, and a round trip is saved.
  if (context.resultsQueues.length === 1) return records.map(() => RESULTS_QUEUE);
  const snapshot = new Snapshot();
  const answers = records.map(({ key, fields }) => snapshot.ask('hmget', key, ...fields));
  await snapshot.take(context.access);
  return answers.map((answer) => {
    const json = answer.texts().find((text) => text !== null && text !== undefined);
    return nameIn(json ?? '');
  });
}

function nameIn(json: string): string {
  try {
    const parsed = resultsQueueSchema.safeParse(JSON.parse(json)?.resultsQueue);
    return parsed.success ? parsed.data : RESULTS_QUEUE;
  } catch {
    return RESULTS_QUEUE;
  }
}
