import { CallQueue } from '@outdial/client';
import { type CallJob, jobIdSchema, OutdialError } from '@outdial/contract';
import { HOW_TO_START_A_WORKER } from '../alive-workers.js';
import { readCampaign } from '../campaign/campaign.js';
import { KNOWN_COLUMNS } from '../campaign/cells.js';
import type { DefineCommand } from '../command.js';
import { EXIT } from '../exit-status.js';
import { type JsonOption, type Output, openOutput } from '../output.js';
import { showProgress } from '../render/progress.js';
import { withSession } from '../session.js';

interface EnqueueOptions extends JsonOption {
  idPrefix?: string;
  check?: true;
}

const HELP = `
A CSV file starts with a row of column names, of which only callTo is compulsory:
  ${KNOWN_COLUMNS.join(', ')}.
secondsTimeout may be "none"; expiresAt is a date and time, or epoch milliseconds; an empty cell is the default.
A .jsonl file has a call job in each line. Every row is checked before the first is queued.

With --json each job is printed as it was queued.`;

export const define: DefineCommand = (command, toAction) => {
  command
    .description('Queues the call jobs of a CSV or JSON lines file; all of them, or none when one is broken.')
    .argument('<file>', 'campaign.csv or campaign.jsonl; - for standard input')
    .option(
      '--id-prefix <prefix>',
      'rows without an id get PREFIX-LINE: the file enqueued again calls nobody twice',
    )
    .option('--check', 'check the file alone, and queue nothing')
    .addHelpText('after', HELP)
    .action(
      toAction(async (file: string, { json, idPrefix, check }: EnqueueOptions) => {
        const output = openOutput({ json });
        const jobs = await readCampaign(file, {
          idPrefix: idPrefix === undefined ? undefined : checkPrefix(idPrefix),
        });
        if (check) {
          await output.record({ checked: jobs.length }, () => `${countOf(jobs)}, all in order`);
          return EXIT.ok;
        }
        await withSession(async ({ redis, prefix, inspection }) => {
          await enqueue(jobs, new CallQueue({ redis, prefix }), output);
          for (const lane of new Set(jobs.map((job) => job.lane))) {
            if (json || (await inspection.workersOf(lane)) > 0) continue;
            output.remark(`no worker takes lane "${lane}" yet, so its jobs wait: ${HOW_TO_START_A_WORKER}`);
          }
        });
        return EXIT.ok;
      }),
    );
};

async function enqueue(jobs: readonly CallJob[], queue: CallQueue, output: Output): Promise<void> {
  const progress = showProgress('enqueuing', output);
  try {
    const queued = await queue.addBulk(jobs, { onProgress: progress.update });
    progress.done();
    if (output.isJson) for (const job of queued) await output.record(job, () => job.id);
    output.say(`${countOf(queued)} queued`);
  } finally {
    progress.done();
    await queue.close();
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
