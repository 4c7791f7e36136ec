import {
  buildResult,
  CANCELLED,
  callIdentity,
  failedOutcome,
  ledgerJobId,
  OutdialError,
  resultEvent,
} from '@outdial/contract';
import type { Labels, Ledger, Outbox } from '@outdial/ledger';
import type { FoundJob, Lanes, RedisAccess } from '@outdial/queue';
import type { CancelCounts, CancelOutcome } from './call-status.js';
import { describeJob } from './job-input.js';

/** Who settles a job that no worker has. */
const WORKER_ID = 'client';

/** Jobs that are cancelled at a time. */
const AT_ONCE = 50;

export interface CancelServices {
  lanes: Lanes;
  ledger: Ledger;
  outbox: Outbox;
}

/** Cancels a job in whatever phase it is; throws `JOB_NOT_FOUND`. `found`: the job in its lane (default: looked for). */
export async function cancelJob(
  id: string,
  { lanes, ledger, outbox }: CancelServices,
  found?: FoundJob | null,
): Promise<CancelOutcome> {
  const [job, entry] = await Promise.all([found === undefined ? lanes.find(id) : found, ledger.get(id)]);
  if (job === null && entry === null) throw new OutdialError('JOB_NOT_FOUND', `no call job ${id} is known`);
  // BullMQ may keep a finished job for longer than the ledger does.
  if (entry === null && job?.finishedOn !== undefined)
    throw new OutdialError('JOB_NOT_FOUND', `call job ${id} ended, and its record is past its retention`);
  const at = Date.now();
  const enqueuedAt = job?.timestamp;
  const identity = callIdentity(describeJob(id, job?.data ?? entry?.job), WORKER_ID);
  const result = buildResult(identity, {
    ...failedOutcome(CANCELLED),
    timings: { ...(enqueuedAt !== undefined && { enqueuedAt }), endedAt: at },
  });
  const answer = await ledger.requestCancel(id, result, { events: [resultEvent(result, at)] });
  if (answer.phase === 'waiting') {
    await outbox.publishResult(result);
    await outbox.marked();
    // A worker may have taken it already. It finds the result in the ledger, and does not dial.
    await job?.remove().catch(() => undefined);
    return { phase: 'waiting', result };
  }
  if (answer.phase === 'ended') return answer;
  return { phase: answer.phase, workerId: answer.workerId };
}

/** Cancels every job that a lane has now. */
export async function cancelLane(
  lane: string,
  access: RedisAccess,
  services: CancelServices,
): Promise<CancelCounts> {
  const queueIds = await access.request('cancelLane', () => services.lanes.unfinishedIds(lane));
  const counts: CancelCounts = { cancelled: 0, ending: 0, ended: 0 };
  const cancel = async (queueId: string) => {
    const job = await services.lanes.findIn(lane, queueId);
    return cancelJob(ledgerJobId(queueId, lane), services, job);
  };
  await cancelEach(queueIds, cancel, { access, counts });
  return counts;
}

/** Cancels every job of a label that has no result yet, and ends its answered calls that are up. */
export async function cancelLabel(
  label: string,
  access: RedisAccess,
  { labels, ...services }: CancelServices & { labels: Labels },
): Promise<CancelCounts> {
  const counts: CancelCounts = { cancelled: 0, ending: 0, ended: 0 };
  const seen = new Set<string>();
  const cancel = (id: string) =>
    cancelJob(id, services).catch(async (error) => {
      // It was never queued, or was removed by hand.
      if (isUnknown(error)) await labels.remove(label, id);
      throw error;
    });
  const pages = pagesOf(label, labels);
  for (;;) {
    const page = await access.request(`cancelLabel, ${describe(counts)},`, () => pages.next());
    if (page.done) return counts;
    const ids = page.value.filter((id) => !seen.has(id));
    for (const id of ids) seen.add(id);
    await cancelEach(ids, cancel, { access, counts });
  }
}

/** The open jobs first: one that is answered meanwhile is among the active ones after that. */
async function* pagesOf(label: string, labels: Labels): AsyncGenerator<string[], void, undefined> {
  yield* labels.openJobs(label);
  yield await labels.activeJobs(label);
}

async function cancelEach(
  ids: readonly string[],
  cancel: (id: string) => Promise<CancelOutcome>,
  { access, counts }: { access: RedisAccess; counts: CancelCounts },
): Promise<void> {
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const batch = ids.slice(from, from + AT_ONCE);
    await Promise.all(
      batch.map(async (id) => {
        const outcome = await access
          .request(`cancelling jobs, ${describe(counts)},`, () => cancel(id))
          .catch((error) => {
            if (isUnknown(error)) return null;
            throw error;
          });
        if (outcome === null || outcome.phase === 'ended') counts.ended += 1;
        else if (outcome.phase === 'waiting') counts.cancelled += 1;
        else counts.ending += 1;
      }),
    );
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof OutdialError && error.code === 'JOB_NOT_FOUND';
}

function describe({ cancelled, ending }: CancelCounts): string {
  return `with ${cancelled} cancelled and ${ending} told to end`;
}
