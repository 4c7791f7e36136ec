import { TIME_LIMITS } from '@outdial/contract';
import type { LedgerEntry } from '@outdial/ledger';
import { formatDuration } from '../scan/suspicion.js';

/** For a step to be recorded, and for clocks that differ. */
const SLACK_MS = 10_000;
/** For the verdict, beyond the time that its job gives it. */
const VERDICT_MS = TIME_LIMITS.mediaMs + TIME_LIMITS.lsdGraceMs + TIME_LIMITS.inBandRingingMs;

/** When something about a call had to be over, and what. */
interface Limit {
  at: number;
  what: string;
}

/** What about a call takes longer than its job or `TIME_LIMITS` allow; null: nothing. */
export function overdue(entry: LedgerEntry, now: number): { seen: string; since: number } | null {
  const limits = [...(entry.result === null ? resultLimits(entry) : releaseLimits(entry))];
  const passed = limits.filter(({ at }) => at + SLACK_MS < now);
  const first = passed.sort((a, b) => a.at - b.at)[0];
  if (first === undefined) return null;
  return { seen: `${first.what}, ${formatDuration(now - first.at)} ago`, since: first.at };
}

/** When it had to have a result. */
function* resultLimits({ claimedAt, cancelRequestedAt, job, facts }: LedgerEntry): Generator<Limit> {
  // A job that was cancelled before its claim is never claimed.
  if (cancelRequestedAt !== null) yield { at: cancelRequestedAt, what: 'its cancel was asked for' };
  if (job === null) return;
  const { callingAt, answeredAt } = facts.timings ?? {};
  // Redis may have been away between the claim and the INVITE.
  const dialledAt = callingAt ?? (claimedAt === null ? null : claimedAt + TIME_LIMITS.inviteMs);
  if (answeredAt !== undefined) {
    const at = answeredAt + job.lsdTimeoutMilliseconds + VERDICT_MS;
    yield { at, what: 'its time for a verdict was over' };
  } else if (job.secondsTimeout !== null && dialledAt !== null) {
    const at = dialledAt + job.secondsTimeout * 1000;
    yield { at, what: `its secondsTimeout of ${job.secondsTimeout} s was over` };
  }
}

/** When all of it had to be released. */
function* releaseLimits({
  result,
  settledAt,
  cancelRequestedAt,
  job,
  takenFrom,
  ended,
}: LedgerEntry): Generator<Limit> {
  const lostItsServer = [result, ended].some((outcome) =>
    ['SERVER_LOST', 'MEDIA_LOST'].includes(outcome?.error?.code ?? ''),
  );
  const releaseMs =
    TIME_LIMITS.releaseMs + (takenFrom === null && !lostItsServer ? 0 : TIME_LIMITS.unknownInviteMs);
  if (result?.state !== 'ANSWERED') {
    if (settledAt !== null)
      yield { at: settledAt + releaseMs, what: 'it had to be released after its result' };
    return;
  }
  if (cancelRequestedAt !== null)
    yield { at: cancelRequestedAt + releaseMs, what: 'it had to end after its cancel' };
  const answeredAt = result.timings?.answeredAt;
  if (job === null || answeredAt === undefined) return;
  const at = answeredAt + job.maxDurationSeconds * 1000 + releaseMs;
  yield { at, what: `its maxDurationSeconds of ${job.maxDurationSeconds} s were over` };
}
