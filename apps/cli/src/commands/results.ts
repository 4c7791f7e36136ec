import { Option } from 'commander';
import type { ResultsOptions } from '../actions/results.js';
import type { DefineCommand } from '../command.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Takes the results that are there and prints a line for each. A result goes to one consumer: what is printed here no other consumer gets.',
    )
    .option('--follow', 'go on with what comes, until Ctrl-C')
    .option('--ended', 'the ended records of answered calls instead')
    .addOption(new Option('--peek', 'look only: everything stays in the queue').conflicts('follow'))
    .action(
      toAction(async (options: ResultsOptions) => {
        const { results } = await import('../actions/results.js');
        return results(options);
      }),
    );
};
