import type { CallJob, CallResult, EndedRecord } from '@outdial/contract';

/**
 * Where a job is, as the ledger knows it: `waiting` (nobody has claimed it), `calling` (claimed: an INVITE
 * may have left), `ringing`, `answered` (and still up), `ended` (back at IDLE; its result is recorded).
 */
export const LEDGER_PHASES = ['waiting', 'calling', 'ringing', 'answered', 'ended'] as const;
export type LedgerPhase = (typeof LEDGER_PHASES)[number];

/** Phases that a worker reports of a call it holds. */
export type LivePhase = Extract<LedgerPhase, 'calling' | 'ringing' | 'answered'>;

/** What another worker needs to find and release a call; each field as far as it is known. */
export interface Whereabouts {
  /** The SIP Call-ID of our leg. */
  callId?: string;
  trunk?: string;
  /** The drachtio server that the leg lives on, as the configuration names it. */
  drachtio?: string;
  /** The INVITE's transaction id on that server: what a CANCEL is sent by. */
  stackTxnId?: string;
  /** The dialog's id on that server: what a BYE is sent by. */
  stackDialogId?: string;
  /** Whether the INVITE may have been sent anew, in a transaction that is not on record. */
  mayBeSentAnew?: boolean;
  /** The FreeSWITCH server that the endpoint lives on, and its channel's uuid. */
  freeswitch?: string;
  endpointUuid?: string;
}

/** What is known of a call so far: the fields of its result that are settled already. */
export type CallFacts = Partial<CallResult>;

/** Everything that the ledger holds on one job. */
export interface LedgerEntry {
  jobId: string;
  phase: LedgerPhase;
  /** The worker that holds, or last held, the call. */
  workerId: string | null;
  /** The claim that fences its holder; a takeover replaces it. */
  token: string | null;
  /** The worker that the call was taken over from. */
  takenFrom: string | null;
  /** The checked job; dropped once the call has left its worker. */
  job: CallJob | null;
  whereabouts: Whereabouts;
  facts: CallFacts;
  /** Epoch milliseconds by Redis' clock. */
  claimedAt: number | null;
  settledAt: number | null;
  cancelRequestedAt: number | null;
  result: CallResult | null;
  isResultPublished: boolean;
  ended: EndedRecord | null;
  isEndedPublished: boolean;
  /** True once the call has left its worker: nothing of it is up. */
  isReleased: boolean;
}

/** What stands in Redis for a job is not what the ledger writes: to repeat the step mends nothing. */
export class UnreadableEntryError extends SyntaxError {
  readonly jobId: string;

  constructor(jobId: string, cause: unknown) {
    super(`the ledger's entry of job ${jobId} is unreadable: ${(cause as Error).message}`, { cause });
    this.jobId = jobId;
  }
}

/** A hash as Redis returns it, as an entry; null for an empty one. Throws `UnreadableEntryError`. */
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
    whereabouts: parse<Whereabouts>(hash.whereabouts) ?? {},
    facts: parse<CallFacts>(hash.facts) ?? {},
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

/** JSON that the ledger has of a job. Throws `UnreadableEntryError`. */
export function parseRecord<T>(jobId: string, text: string | null | undefined): T {
  try {
    return JSON.parse(text ?? '') as T;
  } catch (error) {
    throw new UnreadableEntryError(jobId, error);
  }
}

function toNumber(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}
