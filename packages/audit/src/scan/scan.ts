import type { OutcomeKind } from '@outdial/ledger';
import type { AuditContext } from '../context.js';
import type { AuditTally } from '../report.js';
import { scanEntries } from './scan-entries.js';
import { scanJobs } from './scan-jobs.js';
import { scanOutcomes } from './scan-outcomes.js';
import type { ScanResult, Subject, SubjectOf, Suspect } from './subject.js';

/** Subjects that are read in one step, so that Redis is not held up. */
const CHUNK = 50;

export interface ScanSummary {
  found: Pick<AuditTally, 'jobs' | 'entries' | 'results' | 'endedRecords'>;
  suspects: Suspect[];
}

/** Reads and checks subjects of any kind. */
export async function scanSubjects(
  subjects: readonly Subject[],
  context: AuditContext,
): Promise<ScanSummary> {
  const audited = of('job', subjects).filter(({ lane }) => context.isAudited(lane));
  const jobs = await inChunks(audited, (chunk) => scanJobs(chunk, context));
  const entries = await inChunks(of('entry', subjects), (chunk) => scanEntries(chunk, context));
  const outcomes = (kind: OutcomeKind) =>
    inChunks(
      of('outcome', subjects).filter(({ outcome }) => outcome === kind),
      (chunk) => scanOutcomes(chunk, context),
    );
  const results = await outcomes('result');
  const endedRecords = await outcomes('ended');
  return {
    found: {
      jobs: jobs.found,
      entries: entries.found,
      results: results.found,
      endedRecords: endedRecords.found,
    },
    suspects: [jobs, entries, results, endedRecords].flatMap(({ suspects }) => suspects),
  };
}

function of<Kind extends Subject['kind']>(kind: Kind, subjects: readonly Subject[]): Array<SubjectOf<Kind>> {
  return subjects.filter((subject): subject is SubjectOf<Kind> => subject.kind === kind);
}

async function inChunks<S extends Subject>(
  subjects: readonly S[],
  scan: (chunk: readonly S[]) => Promise<ScanResult>,
): Promise<ScanResult> {
  const whole: ScanResult = { found: 0, suspects: [] };
  for (let from = 0; from < subjects.length; from += CHUNK) {
    const { found, suspects } = await scan(subjects.slice(from, from + CHUNK));
    whole.found += found;
    whole.suspects.push(...suspects);
  }
  return whole;
}
