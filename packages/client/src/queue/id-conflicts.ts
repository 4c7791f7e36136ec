import { isDeepStrictEqual } from 'node:util';
import {
  type CallJob,
  callJobSchema,
  callResultSchema,
  type FieldIssue,
  OutdialError,
} from '@outdial/contract';
import type { FoundId } from '@outdial/queue';

/**
 * What differs between a job and the one that has its id already; empty when they are the same. While a lane or a worker
 * has the job, that is compared as a whole. Later only its result is known, and what that says of the job.
 */
export function differences(job: CallJob, found: Extract<FoundId, { kind: 'job' | 'entry' }>): FieldIssue[] {
  const stored = found.kind === 'job' ? found.data : found.job;
  if (stored !== null) {
    const former = callJobSchema.safeParse(parseJson(stored));
    if (!former.success)
      return [{ path: 'id', message: 'the queued job of this id cannot be read', value: job.id }];
    const names = new Set([...Object.keys(former.data), ...Object.keys(job)]) as Set<keyof CallJob>;
    // It tells who asked for the call this time, and nothing of the call.
    names.delete('traceContext');
    return [...names].flatMap((name) => difference(name, former.data[name], job[name]));
  }
  const result = callResultSchema.safeParse(parseJson(found.kind === 'entry' ? (found.result ?? '') : ''));
  if (!result.success) return [];
  const { callTo, callFrom, lane, resultsQueue, metadata, trunk } = result.data;
  return [
    ...difference('callTo', callTo, job.callTo),
    ...difference('callFrom', callFrom, job.callFrom ?? null),
    ...difference('lane', lane, job.lane),
    ...difference('resultsQueue', resultsQueue, job.resultsQueue),
    ...difference('metadata', metadata, job.metadata),
    // Without a trunk of its own the job took the first that fitted.
    ...(job.trunk === undefined || trunk === null ? [] : difference('trunk', trunk, job.trunk)),
  ];
}

/** The error for a job whose id belongs to another one. `at`: the job's place in a list. */
export function idConflict(id: string, issues: readonly FieldIssue[], at?: number): OutdialError {
  const differing = issues
    .map(({ path, message }) => (path === 'id' ? message : `${path} ${message}`))
    .join('; ');
  const place = at === undefined ? '' : `jobs[${at}]: `;
  return new OutdialError(
    'ID_CONFLICT',
    `${place}job ${id} was queued before with another content: ${differing}`,
    {
      issues: issues.map((issue) => (at === undefined ? issue : { ...issue, path: `${at}.${issue.path}` })),
    },
  );
}

/** What differs between two jobs of the same id in one list. */
export function differencesOfJobs(former: CallJob, job: CallJob): FieldIssue[] {
  return differences(job, { kind: 'job', data: JSON.stringify(former) });
}

function difference(name: string, former: unknown, now: unknown): FieldIssue[] {
  if (isDeepStrictEqual(former, now)) return [];
  return [{ path: name, message: `was ${told(former)}, now ${told(now)}`, value: now }];
}

function told(value: unknown): string {
  const text = JSON.stringify(value) ?? 'absent';
  return text.length <= 100 ? text : `${text.slice(0, 97)}...`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
