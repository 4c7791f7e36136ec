import type {
  CallJob,
  CallOutcome,
  CallResult,
  EndedRecord,
  LegReport,
  RecordingReport,
  Whereabouts,
} from '@outdial/contract';

/**
 * Where a job is: `waiting` (not claimed), `calling` (claimed: an INVITE may have left), `ringing`, `answered` (and still up),
 * `ended` (back at IDLE; its result is recorded).
 */
export const LEDGER_PHASES = ['waiting', 'calling', 'ringing', 'answered', 'ended'] as const;
export type LedgerPhase = (typeof LEDGER_PHASES)[number];

/** Phases that a worker reports of a call it holds. */
export type LivePhase = Extract<LedgerPhase, 'calling' | 'ringing' | 'answered'>;

/** What is known of a call so far: the fields of its result that will not change. */
export type CallFacts = Partial<CallOutcome>;

/** What has become of a leg beside the callee's so far; one that may be up has no end yet. */
export type LegSoFar = Omit<LegReport, 'timings'> & {
  timings: Omit<LegReport['timings'], 'endedAt'> & { endedAt?: number | undefined };
};

/** Everything that the ledger has of one job. */
export interface LedgerEntry {
  jobId: string;
  phase: LedgerPhase;
  /** The worker that holds, or last held, the call. */
  workerId: string | null;
  /** The fencing token of its claim; a takeover replaces it. */
  token: string | null;
  /** The worker that the call was taken over from. */
  takenFrom: string | null;
  /** The validated job; removed once the call is released. */
  job: CallJob | null;
  /** Where its legs live, each field as far as it is known: the callee's leg, and those that were dialled for it later. */
  legs: Array<Partial<Whereabouts>>;
  facts: CallFacts;
  /** Its recordings so far, in their order. Those that run are neither complete nor have an error. */
  recordings: RecordingReport[];
  /** What has become of the legs that were dialled beside the callee's, in their order. */
  legReports: LegSoFar[];
  /** Epoch milliseconds by Redis' clock. */
  claimedAt: number | null;
  settledAt: number | null;
  cancelRequestedAt: number | null;
  result: CallResult | null;
  isResultPublished: boolean;
  ended: EndedRecord | null;
  isEndedPublished: boolean;
  /** Whether the call has left its worker's list: nothing of it is up. */
  isReleased: boolean;
}

/** The ledger's entry of a job cannot be read. Repeating the step does not help. */
export class UnreadableEntryError extends SyntaxError {
  readonly jobId: string;

  constructor(jobId: string, cause: unknown) {
    super(`the ledger's entry of job ${jobId} is unreadable: ${(cause as Error).message}`, { cause });
    this.jobId = jobId;
  }
}

/** Converts a hash from Redis to an entry; null for an empty hash. Throws `UnreadableEntryError`. */
export function toEntry(jobId: string, hash: Record<string, string>): LedgerEntry | null {
  if (Object.keys(hash).length === 0) return null;
  const parse = <T>(text: string | undefined) => (text === undefined ? null : parseRecord<T>(jobId, text));
  return {
    jobId,
    phase: (hash.phase as LedgerPhase | undefined) ?? 'waiting',
    workerId: hash.worker ?? null,
    token: hash.token ?? null,
    takenFrom: hash.takenFrom ?? null,
    job: parse<CallJob>(hash.job),
    legs: toLegs(parse(hash.whereabouts)),
    facts: parse<CallFacts>(hash.facts) ?? {},
    recordings: parse<RecordingReport[]>(hash.recordings) ?? [],
    legReports: parse<LegSoFar[]>(hash.legReports) ?? [],
    claimedAt: toNumber(hash.claimedAt),
    settledAt: toNumber(hash.settledAt),
    cancelRequestedAt: toNumber(hash.cancelRequestedAt),
    result: parse<CallResult>(hash.result),
    isResultPublished: hash.resultPublished !== undefined,
    ended: parse<EndedRecord>(hash.ended),
    isEndedPublished: hash.endedPublished !== undefined,
    isReleased: hash.released !== undefined,
  };
}

/** Parses JSON that the ledger has of a job. Throws `UnreadableEntryError`. */
export function parseRecord<T>(jobId: string, text: string | null | undefined): T {
  try {
    return JSON.parse(text ?? '') as T;
  } catch (error) {
    throw new UnreadableEntryError(jobId, error);
  }
}

/** A worker of an earlier version wrote the one leg that it had, without a list. */
function toLegs(written: LedgerEntry['legs'] | Partial<Whereabouts> | null): LedgerEntry['legs'] {
  if (written === null) return [];
  return Array.isArray(written) ? written : [written];
}

function toNumber(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}
