import type { OutcomeKind } from '@outdial/ledger';
import type { Suspicion } from './suspicion.js';

/** Something in Redis that tells of a job, to be compared with all else that does. */
export type Subject =
  /** The ledger's entry. `workerId`: a worker whose list of calls is said to have it. */
  | { kind: 'entry'; jobId: string; workerId?: string }
  /** A lane's record of a job, by the id that it has there. */
  | { kind: 'job'; lane: string; id: string }
  /** A record in the results or the ended queue. */
  | { kind: 'outcome'; outcome: OutcomeKind; id: string };

export type SubjectOf<Kind extends Subject['kind']> = Extract<Subject, { kind: Kind }>;

export interface Suspect {
  subject: Subject;
  suspicion: Suspicion;
}

/** What came of a look at some subjects of one kind. */
export interface Look {
  /** How many there were: what stood there may be gone, or no record at all. */
  found: number;
  suspects: Suspect[];
}
