import { KNOWN_COLUMNS } from '@outdial/campaign';
import { Option } from 'commander';
import type { EnqueueOptions } from '../actions/enqueue.js';
import type { DefineCommand } from '../command.js';
import { addCell, toCountry } from '../parse-options.js';

const HELP = `
A CSV file starts with a row of column names, of which only callTo is required:
  ${KNOWN_COLUMNS.join(', ')}.
secondsTimeout may be "none"; expiresAt is ISO 8601 with an offset (2030-01-31T18:00:00Z), or epoch milliseconds;
onAnswered is JSON; an empty cell is the default.
A .jsonl file has a call job in each line. Every row is checked before the first is queued.

With --json each job is printed as it was queued.`;

export const define: DefineCommand = (command, toAction) => {
  command
    .description('Queues the call jobs of a CSV or JSON lines file; all of them, or none when one is broken.')
    .argument('<file>', 'campaign.csv or campaign.jsonl; - for standard input')
    .option(
      '--id-prefix <prefix>',
      'rows without an id get PREFIX and a digest of their call: the same call again, however it is spelt, is queued once',
    )
    .option('--id-column <column>', 'make the ids of this column instead, such as metadata.customer')
    .option('--plan <file>', 'a JSON file with the plan (onAnswered) of every row that has none')
    .option('--set <column=value>', 'a cell for every row that has none of its own; can be repeated', addCell)
    .addOption(
      new Option('--default-country <code>', 'the country of numbers in national form, such as GB')
        .env('OUTDIAL_DEFAULT_COUNTRY')
        .argParser(toCountry),
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
