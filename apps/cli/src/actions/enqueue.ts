import { type CallJob, jobIdSchema, OutdialError } from '@outdial/contract';
import { HOW_TO_START_A_WORKER } from '../alive-workers.js';
import { readCampaign } from '../campaign/campaign.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { type JsonOption, type Output, openOutput } from '../output.js';
import { openProgress } from '../render/progress.js';
import type { Session } from '../session.js';

export interface EnqueueOptions extends JsonOption {
  idPrefix?: string;
  check?: true;
}

/** Checks a campaign file, and queues its jobs unless it is only to be checked. */
export async function enqueue(file: string, { json, idPrefix, check }: EnqueueOptions): Promise<ExitStatus> {
  const output = openOutput({ json });
  const jobs = await readCampaign(file, {
    idPrefix: idPrefix === undefined ? undefined : checkPrefix(idPrefix),
  });
  if (check) {
    await output.record({ checked: jobs.length }, () => `${countOf(jobs)}, all in order`);
    return EXIT.ok;
  }
  // Only now: a file that is refused needs no Redis.
  const { withSession } = await import('../session.js');
  await withSession((session) => queueAll(jobs, session, output));
  return EXIT.ok;
}

async function queueAll(
  jobs: readonly CallJob[],
  { redis, prefix, inspection }: Session,
  output: Output,
): Promise<void> {
  const { CallQueue } = await import('@outdial/client');
  const progress = await openProgress(output);
  const queue = new CallQueue({ redis, prefix });
  try {
    const queued = await queue.addBulk(jobs, {
      onProgress: (done, total) => progress.update('enqueuing', done, total),
    });
    progress.done();
    if (output.isJson) for (const job of queued) await output.record(job, () => job.id);
    output.say(`${countOf(queued)} queued`);
  } finally {
    progress.done();
    await queue.close();
  }
  if (output.isJson) return;
  for (const lane of new Set(jobs.map((job) => job.lane))) {
    if ((await inspection.workersOf(lane)) > 0) continue;
    output.remark(`no worker takes lane "${lane}" yet, so its jobs wait: ${HOW_TO_START_A_WORKER}`);
  }
}

function countOf({ length }: readonly CallJob[]): string {
  return `${length} call ${length === 1 ? 'job' : 'jobs'}`;
}

/** Whatever line number follows, the id must be one. */
function checkPrefix(prefix: string): string {
  const parsed = jobIdSchema.safeParse(`${prefix}-1`);
  if (parsed.success) return prefix;
  const message = parsed.error.issues[0]?.message ?? 'invalid';
  throw new OutdialError('INVALID_JOB', `--id-prefix: ${message} (got ${JSON.stringify(prefix)})`, {
    issues: [{ path: 'id', message, value: prefix }],
  });
}
