import type { WatchOptions } from '../actions/watch.js';
import type { DefineCommand } from '../command.js';
import { toStreamPlace } from '../option-values.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Shows calls as they change state: a live table in a terminal, a line for each event otherwise.',
    )
    .option(
      '--from <place>',
      '"$" what comes from now on, "0" everything that is kept, or the id of an event',
      toStreamPlace,
      '$',
    )
    .option('--job <id>', 'the events of this job alone')
    .action(
      toAction(async (options: WatchOptions) => {
        const { watch } = await import('../actions/watch.js');
        return watch(options);
      }),
    );
};
