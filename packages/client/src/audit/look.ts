import type { OutcomeKind } from '@outdial/ledger';
import { lookAtEntries } from './look-at-entries.js';
import { lookAtJobs } from './look-at-jobs.js';
import { lookAtOutcomes } from './look-at-outcomes.js';
import type { AuditTally } from './report.js';
import type { Scene } from './scene.js';
import type { Look, Subject, SubjectOf, Suspect } from './subject.js';

/** Subjects that are looked at in one step, so that Redis is not held up. */
const CHUNK = 50;

export interface Sighting {
  found: Pick<AuditTally, 'jobs' | 'entries' | 'results' | 'endedRecords'>;
  suspects: Suspect[];
}

/** Looks at subjects of any kind. */
export async function lookAt(subjects: readonly Subject[], scene: Scene): Promise<Sighting> {
  const audited = of('job', subjects).filter(({ lane }) => scene.isAudited(lane));
  const jobs = await inChunks(audited, (chunk) => lookAtJobs(chunk, scene));
  const entries = await inChunks(of('entry', subjects), (chunk) => lookAtEntries(chunk, scene));
  const outcomes = (kind: OutcomeKind) =>
    inChunks(
      of('outcome', subjects).filter(({ outcome }) => outcome === kind),
      (chunk) => lookAtOutcomes(chunk, scene),
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
  look: (chunk: readonly S[]) => Promise<Look>,
): Promise<Look> {
  const whole: Look = { found: 0, suspects: [] };
  for (let from = 0; from < subjects.length; from += CHUNK) {
    const { found, suspects } = await look(subjects.slice(from, from + CHUNK));
    whole.found += found;
    whole.suspects.push(...suspects);
  }
  return whole;
}
