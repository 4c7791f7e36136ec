import type { EnqueueOptions } from '../actions/enqueue.js';
import { KNOWN_COLUMNS } from '../campaign/cells.js';
import type { DefineCommand } from '../command.js';

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
      toAction(async (file: string, options: EnqueueOptions) => {
        const { enqueue } = await import('../actions/enqueue.js');
        return enqueue(file, options);
      }),
    );
};
