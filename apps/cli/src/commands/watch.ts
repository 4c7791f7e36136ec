import type { WatchOptions } from '../actions/watch.js';
import type { DefineCommand } from '../command.js';
import { toStreamPosition } from '../parse-options.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Shows calls as they change state: a live table in a terminal, otherwise a line for each event.',
    )
    .option(
      '--from <position>',
      'where to start: "$" for new events, "0" for all stored events, or the id of an event',
      toStreamPosition,
      '$',
    )
    .option('--job <id>', 'only the events of this job')
    .action(
      toAction(async (options: WatchOptions) => {
        const { watch } = await import('../actions/watch.js');
        return watch(options);
      }),
    );
};
