import { isDeepStrictEqual } from 'node:util';
import type { OutcomeKind } from '@outdial/ledger';
import type { QueueLists, QueueRecord } from '../read/queue-view.js';
import type { Retention } from '../read/retention.js';
import type { FindingCode } from '../report.js';
import { CLOCKS_DIFFER_MS, formatDuration, type Suspicion } from '../scan/suspicion.js';

/** Within this time some worker publishes what another left in the outbox. */
const PUBLISHED_WITHIN_MS = 15_000;

/** One outcome (result or ended record) in the ledger and in its queue, at one moment. */
export interface OutcomeFacts {
  kind: OutcomeKind;
  now: number;
  /** JSON, as the ledger has it. */
  recorded: string;
  isPublished: boolean;
  recordedAt: number | null;
  /** Since when it is in the outbox; null: it is not. */
  inOutboxSince: number | null;
  /** As the queue has it, with its data. */
  queued: QueueRecord;
  lists: QueueLists;
  retention: Retention;
  /** When the oldest kept outcome was consumed, and when the oldest kept failure failed; null: there is none. */
  oldestKept: readonly (number | null)[];
}

export type OutcomeSuspicion = Pick<Suspicion, 'code' | 'seen' | 'since' | 'mark'>;

/** Checks an outcome that the ledger has. */
export function checkOutcome(facts: OutcomeFacts): OutcomeSuspicion[] {
  const { recorded, isPublished, queued } = facts;
  const suspicions: OutcomeSuspicion[] = [];
  if (!isPublished) suspicions.push(...checkUnpublished(facts));
  if (!queued.exists) return isPublished ? checkMissingOutcome(facts) : suspicions;
  if (!isSameJson(recorded, queued.data)) {
    suspicions.push(suspect(facts, 'DIFFERS', `the queue's ${outcomeName(facts.kind)} is not the ledger's`));
  }
  return [...suspicions, ...checkPlace(facts)];
}

/** Checks an outcome that is in its queue and not in the job's entry: it comes from an earlier entry of that id. */
export function checkUnrecorded({
  kind,
  queued,
  retention,
  now,
}: Pick<OutcomeFacts, 'kind' | 'queued' | 'retention' | 'now'>): OutcomeSuspicion[] {
  const publishedAt = queued.number('timestamp');
  // The id was used again after its retention, and the queue drops the earlier outcome later than the ledger did.
  if (publishedAt !== null && !retention.isRecent(publishedAt, now)) return [];
  const seen = `its queue has the job's ${outcomeName(kind)}, and the ledger has none`;
  const code = outcomeCode(kind, 'DIFFERS');
  return [{ code, seen, since: publishedAt, mark: queued.handedOut }];
}

function checkUnpublished(facts: OutcomeFacts): OutcomeSuspicion[] {
  const since = facts.inOutboxSince ?? facts.recordedAt;
  if (since !== null && since + PUBLISHED_WITHIN_MS > facts.now) return [];
  const age = since === null ? '' : ` ${formatDuration(facts.now - since)} ago`;
  const where =
    facts.inOutboxSince === null
      ? 'it is not in the outbox, so that no worker will publish it'
      : 'it is still in the outbox';
  const seen = `the ${outcomeName(facts.kind)} was recorded${age}, and ${where}`;
  return [suspect(facts, 'UNPUBLISHED', seen, since)];
}

/** The outcome is marked as published, and its queue does not have it: it was dropped after its retention, or lost. */
function checkMissingOutcome(facts: OutcomeFacts): OutcomeSuspicion[] {
  const { recordedAt, now, retention, oldestKept } = facts;
  if (recordedAt === null || !retention.isRecent(recordedAt, now)) return [];
  // The oldest are dropped first: where an older one is kept, this one was not dropped.
  const isKept = (oldest: number | null) => oldest !== null && oldest + CLOCKS_DIFFER_MS < recordedAt;
  const [consumed = null, givenUp = null] = oldestKept;
  if (!isKept(consumed) || (givenUp !== null && !isKept(givenUp))) return [];
  const seen = `the ${outcomeName(facts.kind)} counts as published, and its queue, which keeps older ones, does not have it`;
  return [suspect(facts, 'LOST', seen, recordedAt)];
}

/** An outcome is in exactly one place of its queue, and not among the failed ones. */
function checkPlace(facts: OutcomeFacts): OutcomeSuspicion[] {
  const { queued, lists, now } = facts;
  const { id, sets } = queued;
  const failedAt = queued.score('failed');
  if (sets.length === 1 && failedAt !== null && !isListed(facts)) {
    const seen = `its consumers gave the ${outcomeName(facts.kind)} up, ${formatDuration(now - failedAt)} ago, after ${queued.number('atm') ?? '?'} tries`;
    return [suspect(facts, 'GIVEN_UP', seen, failedAt)];
  }
  const places = [...sets, ...(isListed(facts) ? ['waiting'] : [])];
  if (places.length > 1 || lists.waiting.isRepeated(id)) {
    const where = places.length > 1 ? `at once (${places.join(', ')})` : 'more than once';
    return [suspect(facts, 'DUPLICATED', `the ${outcomeName(facts.kind)} is in its queue ${where}`)];
  }
  const publishedAt = queued.number('timestamp') ?? 0;
  const isNew = publishedAt + CLOCKS_DIFFER_MS > lists.readAt;
  if (places.length > 0 || isNew || lists.waiting.has(id) || lists.active.has(id)) return [];
  const seen = `the ${outcomeName(facts.kind)} is in none of the lists of its queue, so that no consumer will get it`;
  return [suspect(facts, 'LOST', seen, publishedAt || null)];
}

/** Whether it waits for a consumer although it was finished before the lists were read. */
function isListed({ queued, lists }: OutcomeFacts): boolean {
  const finishedAt = queued.score('completed') ?? queued.score('failed');
  if (finishedAt === null || finishedAt + CLOCKS_DIFFER_MS > lists.readAt) return false;
  return lists.waiting.has(queued.id) || lists.active.has(queued.id);
}

export function outcomeName(kind: OutcomeKind): string {
  return kind === 'result' ? 'result' : 'ended record';
}

export function outcomeCode(kind: OutcomeKind, trouble: Trouble): FindingCode {
  return kind === 'result' ? `RESULT_${trouble}` : `ENDED_${trouble}`;
}

type Trouble = 'UNPUBLISHED' | 'LOST' | 'DIFFERS' | 'DUPLICATED' | 'GIVEN_UP';

function suspect(
  facts: OutcomeFacts,
  trouble: Trouble,
  seen: string,
  since: number | null = null,
): OutcomeSuspicion {
  return { code: outcomeCode(facts.kind, trouble), seen, since, mark: facts.queued.handedOut };
}

/** Usually the text is the same, since both were written from the same object. */
function isSameJson(one: string, other: string | null): boolean {
  if (one === other) return true;
  try {
    return isDeepStrictEqual(JSON.parse(one), JSON.parse(other ?? ''));
  } catch {
    return false;
  }
}
