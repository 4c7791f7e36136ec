import { ENDED_QUEUE, RESULTS_QUEUE } from '@outdial/contract';
import { ledgerKeys, type OutcomeKind } from '@outdial/ledger';
import { Cluster, type Redis } from 'ioredis';
import type { RedisAccess } from '../redis-access.js';
import { unlessWrongType } from './snapshot.js';
import type { Subject } from './subject.js';

/** Keys that Redis goes through in one step of a scan, which holds it up for less than a millisecond. */
const SCAN_COUNT = 500;

/** Some subjects, and how far the scan has come. */
export interface SubjectPage {
  subjects: Subject[];
  /** Whether an index names them: then the scan comes upon their own keys as well, if they have any. */
  areNamed: boolean;
  scanned: number;
  total: number;
}

/**
 * Everything under a prefix that tells of a job, page by page: entries, jobs and outcomes by a scan of the keys, since
 * what no index names is just what an audit is after; and what the ledger's own indexes name, entry or not.
 */
export async function* findSubjects(
  access: RedisAccess,
  prefix: string,
): AsyncGenerator<SubjectPage, void, undefined> {
  const toSubject = subjectReader(prefix);
  for (const node of await nodesOf(access)) {
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

/** Of a cluster only the primaries are asked: one of them has all keys of the prefix. */
async function nodesOf(access: RedisAccess): Promise<Redis[]> {
  return access.request('audit', async (client) =>
    client instanceof Cluster ? client.nodes('master') : [client],
  );
}

function subjectReader(prefix: string): (key: string) => Subject | null {
  const call = ledgerKeys(prefix).call('');
  const lane = `${prefix}:calls-`;
  const outcomes: ReadonlyArray<[OutcomeKind, string]> = [
    ['result', `${prefix}:${RESULTS_QUEUE}:`],
    ['ended', `${prefix}:${ENDED_QUEUE}:`],
  ];
  return (key) => {
    if (key.startsWith(call)) return { kind: 'entry', jobId: key.slice(call.length) };
    if (key.startsWith(lane)) {
      const colon = key.indexOf(':', lane.length);
      const id = key.slice(colon + 1);
      return colon < 0 ? null : { kind: 'job', lane: key.slice(lane.length, colon), id };
    }
    for (const [outcome, start] of outcomes) {
      if (key.startsWith(start)) return { kind: 'outcome', outcome, id: key.slice(start.length) };
    }
    return null;
  };
}

function workerOf(key: string, prefix: string): string | null {
  const start = ledgerKeys(prefix).workerCalls('');
  return key.startsWith(start) ? key.slice(start.length) : null;
}

/** The members of a set or a sorted set, page by page; none where something else stands. */
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
