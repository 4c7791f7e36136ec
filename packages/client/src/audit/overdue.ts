import type { LedgerEntry } from '@outdial/ledger';
import { lasting } from './suspicion.js';

/** For a step to be written down, and for clocks that differ. */
const SLACK_MS = 10_000;
/** For an INVITE to leave. This and those below are what the call's machine and the takeover grant themselves at most. */
const INVITE_MS = 15_000;
/** For the verdict after its time limit: media that come late, in-band ringing. */
const VERDICT_MS = 66_000;
/** For a leg to end: a silent peer holds its transaction for 32 s. */
const RELEASE_MS = 40_000;
/** For a leg of a lost worker, or of a lost switch, to be found and ended. */
const BLIND_RELEASE_MS = 190_000;

/** The time by which something of a call had to be over, and what it is. */
interface Limit {
  at: number;
  what: string;
}

/** What of a call takes longer than its job, or the engine itself, allows; null: nothing does. */
export function overdue(entry: LedgerEntry, now: number): { seen: string; since: number } | null {
  const limits = [...(entry.result === null ? resultLimits(entry) : releaseLimits(entry))];
  const passed = limits.filter(({ at }) => at + SLACK_MS < now);
  const first = passed.sort((a, b) => a.at - b.at)[0];
  if (first === undefined) return null;
  return { seen: `${first.what}, ${lasting(now - first.at)} ago`, since: first.at };
}

/** By when it had to have a result. */
function* resultLimits({ claimedAt, cancelRequestedAt, job, facts }: LedgerEntry): Generator<Limit> {
  // A job that was cancelled before it was claimed is never claimed.
  if (cancelRequestedAt !== null) yield { at: cancelRequestedAt, what: 'its cancel was asked for' };
  if (job === null) return;
  const { callingAt, answeredAt } = facts.timings ?? {};
  // Redis may have been away between the claim and the INVITE.
  const dialledAt = callingAt ?? (claimedAt === null ? null : claimedAt + INVITE_MS);
  if (answeredAt !== undefined) {
    const at = answeredAt + job.lsdTimeoutMilliseconds + VERDICT_MS;
    yield { at, what: 'its time for a verdict was over' };
  } else if (job.secondsTimeout !== null && dialledAt !== null) {
    const at = dialledAt + job.secondsTimeout * 1000;
    yield { at, what: `its secondsTimeout of ${job.secondsTimeout} s was over` };
  }
}

/** By when nothing of it had to be up any more. */
function* releaseLimits({
  result,
  settledAt,
  cancelRequestedAt,
  job,
  takenFrom,
  ended,
}: LedgerEntry): Generator<Limit> {
  const lostItsSwitch = [result, ended].some((outcome) => outcome?.error?.code === 'ENGINE_LOST');
  const releaseMs = RELEASE_MS + (takenFrom === null && !lostItsSwitch ? 0 : BLIND_RELEASE_MS);
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
