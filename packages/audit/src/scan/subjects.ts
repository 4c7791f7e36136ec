import { endedQueueName, ledgerKeys } from '@outdial/contract';
import { primariesOf, type RedisAccess } from '@outdial/queue';
import type { AuditContext } from '../context.js';
import { unlessWrongType } from '../read/snapshot.js';
import type { Subject, SubjectOf } from './subject.js';

/** Keys that Redis goes through in one step of a scan, which takes it less than a millisecond. */
const SCAN_COUNT = 500;

/** Some subjects, and the progress of the scan. */
export interface SubjectPage {
  subjects: Subject[];
  /** Whether an index named them. Their own keys, if they have any, are found by the scan as well. */
  areNamed: boolean;
  scanned: number;
  total: number;
}

/**
 * Everything under a prefix that belongs to a job, page by page. Entries, jobs and outcomes are found by a scan of the keys,
 * because an audit is about what no index names. What the ledger's own indexes name is added, whether or not it exists.
 */
export async function* findSubjects(context: AuditContext): AsyncGenerator<SubjectPage, void, undefined> {
  const { access, prefix } = context;
  const toSubject = subjectReader(context);
  // All keys of the prefix are on one of them.
  for (const node of await access.request('audit', async (client) => primariesOf(client))) {
    const total = await access.request('audit', () => node.dbsize());
    let scanned = 0;
    for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
      const [next, keys] = await access.request('audit', () =>
        node.scan(cursor, 'MATCH', `${escapeGlob(prefix)}:*`, 'COUNT', SCAN_COUNT),
      );
      cursor = next;
      scanned = Math.min(total, scanned + SCAN_COUNT);
      yield { subjects: keys.flatMap((key) => toSubject(key) ?? []), areNamed: false, scanned, total };
      for (const key of keys) {
        const workerId = workerOf(key, prefix);
        if (workerId === null) continue;
        for await (const jobIds of members(access, 'sscan', key)) {
          const subjects = jobIds.map((jobId): Subject => ({ kind: 'entry', jobId, workerId }));
          yield { subjects, areNamed: true, scanned, total };
        }
      }
    }
    for await (const items of members(access, 'zscan', ledgerKeys(prefix).outbox)) {
      const subjects = items.map((item): Subject => ({ kind: 'entry', jobId: item.replace(/^[a-z]+:/, '') }));
      yield { subjects, areNamed: true, scanned: total, total };
    }
  }
}

function subjectReader({ prefix, resultsQueues }: AuditContext): (key: string) => Subject | null {
  const call = ledgerKeys(prefix).call('');
  const lane = `${prefix}:calls-`;
  // By the name of the queue, which is what the prefix and the id in it leave of a key.
  const outcomes = new Map<string, Pick<SubjectOf<'outcome'>, 'outcome' | 'resultsQueue'>>(
    resultsQueues.flatMap((resultsQueue) => [
      [resultsQueue, { outcome: 'result', resultsQueue }],
      [endedQueueName(resultsQueue), { outcome: 'ended', resultsQueue }],
    ]),
  );
  const queue = `${prefix}:`;
  return (key) => {
    if (key.startsWith(call)) return { kind: 'entry', jobId: key.slice(call.length) };
    if (key.startsWith(lane)) {
      const colon = key.indexOf(':', lane.length);
      const id = key.slice(colon + 1);
      return colon < 0 ? null : { kind: 'job', lane: key.slice(lane.length, colon), id };
    }
    const colon = key.indexOf(':', queue.length);
    const outcome = key.startsWith(queue) ? outcomes.get(key.slice(queue.length, colon)) : undefined;
    return outcome === undefined ? null : { kind: 'outcome', ...outcome, id: key.slice(colon + 1) };
  };
}

function workerOf(key: string, prefix: string): string | null {
  const start = ledgerKeys(prefix).workerCalls('');
  return key.startsWith(start) ? key.slice(start.length) : null;
}

/** The members of a set or a sorted set, page by page; none where the key is of another type. */
async function* members(
  access: RedisAccess,
  command: 'sscan' | 'zscan',
  key: string,
): AsyncGenerator<string[], void, undefined> {
  for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
    const [next, items] = await access.request('audit', (client) =>
      unlessWrongType<[string, string[]]>(client[command](key, cursor, 'COUNT', SCAN_COUNT), ['0', []]),
    );
    cursor = next;
    yield command === 'sscan' ? items : items.filter((_, index) => index % 2 === 0);
  }
}

function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\^]/g, '\\$&');
}
