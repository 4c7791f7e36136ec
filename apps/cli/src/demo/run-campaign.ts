import { CallEvents, CallQueue, CallResults } from '@outdial/client';
import type { CallEvent, CallResult, EndedRecord } from '@outdial/contract';
import { aborted } from '../interruption.js';
import type { CallList, TrackedCall } from '../render/call-list.js';
import type { DemoJob } from './demo-jobs.js';
import type { Network } from './network.js';

/** The demo fails when its calls have not ended within this time. */
const LIMIT_MS = 55_000;

export interface CampaignRun {
  /** The results by job id; normally one for each job. */
  results: ReadonlyMap<string, readonly CallResult[]>;
  /** The ended records by job id, of calls that were answered. */
  ended: ReadonlyMap<string, EndedRecord>;
  elapsedMs: number;
}

export interface CampaignView {
  calls: CallList;
  /** Called after `calls` has applied the event. */
  onEvent(event: CallEvent, row: TrackedCall): Promise<void> | void;
}

/**
 * Enqueues the jobs and follows their calls. Resolves when each job has its result and its call has ended,
 * when the time limit has passed, or when the signal is aborted. Rejects when a part of the network ends.
 */
export async function runCampaign(
  jobs: readonly DemoJob[],
  network: Network,
  { calls, onEvent }: CampaignView,
  signal: AbortSignal,
): Promise<CampaignRun> {
  const access = { redis: network.redis.url, prefix: network.redis.prefix };
  const queue = new CallQueue(access);
  const events = new CallEvents(access);
  const outcomes = new CallResults(access);
  const results = new Map<string, CallResult[]>();
  const ended = new Map<string, EndedRecord>();
  const startedAt = Date.now();
  const isComplete = () =>
    jobs.every(({ job }) => results.has(job.id)) && calls.calls.every(({ hasEnded }) => hasEnded);
  let completed: () => void = () => undefined;
  const complete = new Promise<void>((resolve) => {
    completed = resolve;
  });
  const following = follow(events, async (event) => {
    if (event.type === 'ended') ended.set(event.jobId, event.ended);
    await onEvent(event, calls.apply(event));
    if (isComplete()) completed();
  });
  outcomes.consume((result) => {
    results.set(result.jobId, [...(results.get(result.jobId) ?? []), result]);
    if (isComplete()) completed();
  });
  try {
    for (const { job } of jobs) calls.expect(job.id, job.callTo, startedAt);
    await queue.addBulk(jobs.map(({ job }) => job));
    const stop = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
    await Promise.race([complete, aborted(stop), network.failed, following]);
    return { results, ended, elapsedMs: Date.now() - startedAt };
  } finally {
    await events.close();
    await following;
    await outcomes.close();
    await queue.close();
  }
}

async function follow(events: CallEvents, onEvent: (event: CallEvent) => Promise<void>): Promise<void> {
  for await (const { event } of events.follow({ from: '0' })) await onEvent(event);
}
