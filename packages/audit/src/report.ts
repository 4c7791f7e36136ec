/** Outdial's three promises, by number, in the words of docs/reliability.md. */
export const PROMISES = {
  1: 'A number is dialled at most once a job.',
  2: 'Every job ends in exactly one result.',
  3: 'No call is left up.',
} as const;
export type PromiseNumber = keyof typeof PROMISES;

/**
 * What an audit may find, with the promise that it breaks. Codes do not change. `docs/reliability.md` explains each, which a
 * test verifies.
 */
export const FINDINGS = {
  DIALLED_TWICE: { promise: 1, meaning: 'Two calls with Call-IDs of their own were made for the job.' },
  ENTRY_MISSING: { promise: 1, meaning: 'The ledger has forgotten the job within its retention.' },
  ENTRY_UNREADABLE: { promise: 2, meaning: "The ledger's entry of the job cannot be read." },
  JOB_LOST: { promise: 2, meaning: 'The job is in none of the lists of its lane: no worker will take it.' },
  JOB_STUCK: { promise: 2, meaning: 'A worker took the job, and none works on it now.' },
  JOB_FAILED: { promise: 2, meaning: 'BullMQ has failed the job, and it has no result.' },
  RESULT_MISSING: { promise: 2, meaning: 'The lane is done with the job, and it has no result.' },
  RESULT_UNPUBLISHED: { promise: 2, meaning: 'The result is recorded, and was not published.' },
  RESULT_LOST: { promise: 2, meaning: 'The result was published, and no consumer can get it.' },
  RESULT_DIFFERS: { promise: 2, meaning: 'The published result is not the one that the ledger has.' },
  RESULT_DUPLICATED: { promise: 2, meaning: 'The results queue has more than one result of the job.' },
  RESULT_GIVEN_UP: { promise: 2, meaning: 'Consumers failed to handle the result as often as they may.' },
  ENDED_MISSING: { promise: 2, meaning: 'The answered call is over, and it has no ended record.' },
  ENDED_UNPUBLISHED: { promise: 2, meaning: 'The ended record is recorded, and was not published.' },
  ENDED_LOST: { promise: 2, meaning: 'The ended record was published, and no consumer can get it.' },
  ENDED_DIFFERS: { promise: 2, meaning: 'The published ended record is not the one that the ledger has.' },
  ENDED_DUPLICATED: { promise: 2, meaning: 'The ended queue has more than one ended record of the call.' },
  ENDED_GIVEN_UP: {
    promise: 2,
    meaning: 'Consumers failed to handle the ended record as often as they may.',
  },
  CALL_ABANDONED: { promise: 3, meaning: 'The worker that holds the call is gone, and none took it over.' },
  CALL_UNLISTED: {
    promise: 3,
    meaning: "The call is not on its worker's list: no worker would take it over.",
  },
  CALL_OVERDUE: { promise: 3, meaning: 'The call goes on for longer than its job allows.' },
} as const satisfies Record<string, { promise: PromiseNumber; meaning: string }>;
export type FindingCode = keyof typeof FINDINGS;

/** A job that breaks a promise. */
export interface AuditFinding {
  jobId: string;
  /** Null: unknown. */
  lane: string | null;
  code: FindingCode;
  promise: PromiseNumber;
  /** What was found, in a sentence. */
  seen: string;
  /** Since when, in epoch milliseconds; null: unknown. */
  since: number | null;
}

/** How many of each were checked. */
export interface AuditTally {
  lanes: number;
  jobs: number;
  entries: number;
  results: number;
  endedRecords: number;
  events: number;
}

export interface AuditReport {
  /** Whether no promise is broken: `findings` is empty. */
  ok: boolean;
  findings: AuditFinding[];
  /** How many findings there are of each code that occurs. */
  counts: Partial<Record<FindingCode, number>>;
  compared: AuditTally;
  /** How many looked broken in the first pass, and were checked again `graceMs` later. */
  suspects: number;
  graceMs: number;
  /** Epoch milliseconds, by Redis' clock. */
  startedAt: number;
  elapsedMs: number;
}

/** The progress of an audit: `done` of `total`, in keys, milliseconds or suspects. */
export interface AuditProgress {
  step: 'comparing' | 'waiting' | 'confirming';
  done: number;
  total: number;
}
