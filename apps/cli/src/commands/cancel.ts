import type { DefineCommand } from '../command.js';
import type { JsonOption } from '../output.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Cancels a call job: a waiting job is not dialled, and a call in progress is ended. Reports the result of a job that has already ended.',
    )
    .argument('<id>', 'the id of the call job')
    .action(
      toAction(async (id: string, options: JsonOption) => {
        const { cancel } = await import('../actions/cancel.js');
        return cancel(id, options);
      }),
    );
};
