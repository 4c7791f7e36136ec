import type { RecordedCall } from '../evidence/recordings-log.js';
import type { PlannedJob } from '../schedule/schedule.js';
import type { Violation } from './evidence.js';

/** Each ended record tells of the recordings of its call, and no more than there is. */
export function judgeRecordings(
  jobs: readonly PlannedJob[],
  calls: readonly RecordedCall[],
): { violations: Violation[]; complete: number; incomplete: number } {
  const wanted = new Map(jobs.map(({ job }) => [job.id, job.recordCall ?? null]));
  const all = calls.flatMap(({ recordings }) => recordings);
  const complete = all.filter(({ isComplete }) => isComplete).length;
  const violations = calls.flatMap(({ jobId, recordings }): Violation[] => {
    const expected = wanted.get(jobId) ?? null;
    const names = recordings.map(({ name }) => name).join(', ');
    if (names !== (expected ?? ''))
      return [{ kind: 'recording untold', jobId, detail: `"${names}" instead of "${expected ?? ''}"` }];
    return recordings
      .filter(({ isComplete, found }) => found === 'broken' || (isComplete && found !== 'whole'))
      .map(({ name, isComplete, found }) => ({
        kind: 'recording broken',
        jobId,
        detail: `${name} is told as ${isComplete ? 'complete' : 'not complete'}; on the disk: ${found}`,
      }));
  });
  return { violations, complete, incomplete: all.length - complete };
}
