import { CallEvents, CallQueue, CallResults } from '@outdial/client';
import type { CallEvent, CallResult } from '@outdial/contract';
import { aborted } from '../interruption.js';
import type { CallBoard, CallRow } from '../render/call-board.js';
import type { DemoJob } from './campaign.js';
import type { Network } from './network.js';

/** The demo's calls must be over in this time, or it has failed. */
const LIMIT_MS = 55_000;

export interface CampaignRun {
  /** Every result that came, by job id; exactly one each if all is well. */
  results: ReadonlyMap<string, readonly CallResult[]>;
  elapsedMs: number;
}

export interface CampaignView {
  board: CallBoard;
  /** After the board has taken it in. */
  onEvent(event: CallEvent, row: CallRow): Promise<void> | void;
}

/**
 * Enqueues the jobs, follows their calls, and resolves when each has its result and nothing of it is up any more, when
 * the time is over, or when the signal is aborted. Rejects when a part of the network ends.
 */
export async function runCampaign(
  jobs: readonly DemoJob[],
  network: Network,
  { board, onEvent }: CampaignView,
  signal: AbortSignal,
): Promise<CampaignRun> {
  const access = { redis: network.redis.url, prefix: network.redis.prefix };
  const queue = new CallQueue(access);
  const events = new CallEvents(access);
  const outcomes = new CallResults(access);
  const results = new Map<string, CallResult[]>();
  const startedAt = Date.now();
  const isComplete = () =>
    jobs.every(({ job }) => results.has(job.id)) && board.rows.every(({ isOver }) => isOver);
  let completed: () => void = () => undefined;
  const complete = new Promise<void>((resolve) => {
    completed = resolve;
  });
  const following = follow(events, async (event) => {
    await onEvent(event, board.apply(event));
    if (isComplete()) completed();
  });
  outcomes.consume((result) => {
    results.set(result.jobId, [...(results.get(result.jobId) ?? []), result]);
    if (isComplete()) completed();
  });
  try {
    for (const { job } of jobs) board.expect(job.id, job.callTo, startedAt);
    await queue.addBulk(jobs.map(({ job }) => job));
    const stop = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
    await Promise.race([complete, aborted(stop), network.failed, following]);
    return { results, elapsedMs: Date.now() - startedAt };
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
