import type { OutcomeKind } from '@outdial/ledger';
import type { Suspicion } from './suspicion.js';

/** Something in Redis that belongs to a job, to be compared with everything else that does. */
export type Subject =
  /** The ledger's entry. `workerId`: a worker whose list of calls is said to have it. */
  | { kind: 'entry'; jobId: string; workerId?: string }
  /** A lane's record of a job, by the id that it has there. */
  | { kind: 'job'; lane: string; id: string }
  /** A record in a results queue, or in the queue of ended records beside it. */
  | { kind: 'outcome'; outcome: OutcomeKind; resultsQueue: string; id: string };

export type SubjectOf<Kind extends Subject['kind']> = Extract<Subject, { kind: Kind }>;

export interface Suspect {
  subject: Subject;
  suspicion: Suspicion;
}

/** The outcome of scanning some subjects of one kind. */
export interface ScanResult {
  /** How many there were. What was there before may be gone, or be no record at all. */
  found: number;
  suspects: Suspect[];
}
