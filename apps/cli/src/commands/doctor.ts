import type { DefineCommand } from '../command.js';
import type { JsonOption } from '../output.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Checks everything that a call needs, and says of each problem what is wrong and how to mend it. Exit status 1 when anything is.',
    )
    .action(
      toAction(async (options: JsonOption) => {
        const { runDoctor } = await import('../actions/doctor.js');
        return runDoctor(options);
      }),
    );
};
