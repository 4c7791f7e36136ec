import { RESULTS_QUEUE, resultsQueueSchema } from '@outdial/contract';
import { InvalidArgumentError } from 'commander';
import type { ResultsOptions } from '../actions/results.js';
import type { DefineCommand } from '../command.js';

const HELP = `
Without --consume everything stays in the queue. With --consume each result goes to exactly one
consumer: a result that is printed here is not delivered to any other one.`;

export const define: DefineCommand = (command, toAction) => {
  command
    .description('Prints the results in the results queue, one per line.')
    .option('--consume', 'take the results out of the queue')
    .option('--follow', 'go on with new results until Ctrl-C')
    .option('--ended', 'the ended records of answered calls instead of the results')
    .option('--queue <name>', 'the results queue that the jobs name', toQueue, RESULTS_QUEUE)
    .addHelpText('after', HELP)
    .action(
      toAction(async (options: ResultsOptions) => {
        const { results } = await import('../actions/results.js');
        return results(options);
      }),
    );
};

function toQueue(text: string): string {
  const parsed = resultsQueueSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? 'Expected the name of a results queue.');
}
