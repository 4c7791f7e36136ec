import type { DefineCommand } from '../command.js';
import type { JsonOption } from '../output.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Cancels a call job: one that waits is never dialled, a call in progress is ended, and of one that is over it says so.',
    )
    .argument('<id>', "the call job's id")
    .action(
      toAction(async (id: string, options: JsonOption) => {
        const { cancel } = await import('../actions/cancel.js');
        return cancel(id, options);
      }),
    );
};
