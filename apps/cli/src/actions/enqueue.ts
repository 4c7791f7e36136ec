import { readFile } from 'node:fs/promises';
import { toJobInput } from '@outdial/campaign';
import { type CallJob, type CountryCode, jobIdSchema, OutdialError } from '@outdial/contract';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { type JsonOption, type Output, openOutput } from '../output.js';
import { HOW_TO_START_A_WORKER } from '../queue/lane-workers.js';
import type { Session } from '../queue/session.js';
import { readCampaign } from '../read-campaign.js';
import { openProgress } from '../render/progress.js';

export interface EnqueueOptions extends JsonOption {
  idPrefix?: string;
  idColumn?: string;
  plan?: string;
  /** Cells for every row that has none of its own. */
  set?: ReadonlyArray<readonly [column: string, text: string]>;
  defaultCountry?: CountryCode;
  check?: true;
}

/** Checks a campaign file, and queues its jobs unless it is only to be checked. */
export async function enqueue(file: string, options: EnqueueOptions): Promise<ExitStatus> {
  const { json, idPrefix, idColumn, plan, set = [], check } = options;
  const output = openOutput({ json });
  const jobs = await readCampaign(file, {
    idPrefix: idPrefix === undefined ? undefined : checkPrefix(idPrefix),
    idColumn,
    fields: { ...toJobInput(set), ...(plan !== undefined && { onAnswered: await readPlan(plan) }) },
    defaultCountry: options.defaultCountry,
  });
  if (check) {
    await output.record({ checked: jobs.length }, () => `${formatCount(jobs)}, all in order`);
    return EXIT.ok;
  }
  // Only now: a file that is refused needs no Redis.
  const { withSession } = await import('../queue/session.js');
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
    progress.close();
    if (output.isJson) for (const job of queued) await output.record(job, () => job.id);
    const before = queued.filter(({ wasQueuedBefore }) => wasQueuedBefore).length;
    const were = before === 1 ? 'was' : 'were';
    output.print(
      before === 0
        ? `${formatCount(queued)} queued`
        : `${queued.length - before} queued, ${before} ${were} queued before`,
    );
  } finally {
    progress.close();
    await queue.close();
  }
  if (output.isJson) return;
  for (const lane of new Set(jobs.map((job) => job.lane))) {
    if ((await inspection.workersOf(lane)) > 0) continue;
    output.note(`no worker takes lane "${lane}" yet, so its jobs wait: ${HOW_TO_START_A_WORKER}`);
  }
}

function formatCount({ length }: readonly CallJob[]): string {
  return `${length} call ${length === 1 ? 'job' : 'jobs'}`;
}

/** Whatever a row adds to it, the id must be one. */
function checkPrefix(prefix: string): string {
  const parsed = jobIdSchema.safeParse(`${prefix}-1`);
  if (parsed.success) return prefix;
  const message = parsed.error.issues[0]?.message ?? 'invalid';
  throw new OutdialError('INVALID_JOB', `--id-prefix: ${message} (got ${JSON.stringify(prefix)})`, {
    issues: [{ path: 'id', message, value: prefix }],
  });
}

async function readPlan(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OutdialError('INVALID_JOB', `--plan: ${path} is not JSON: ${(error as Error).message}`, {
      issues: [{ path: 'onAnswered', message: 'it is not JSON' }],
    });
  }
}
