import type { DoctorOptions } from '../actions/doctor.js';
import type { DefineCommand } from '../command.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Checks everything that calls need, and prints what is wrong and how to fix it. Exit status 1 if there is a problem.',
    )
    .option('--redis-only', 'on the host of a campaign app: check only Redis, the lanes and their workers')
    .action(
      toAction(async (options: DoctorOptions) => {
        const { runDoctor } = await import('../actions/doctor.js');
        return runDoctor(options);
      }),
    );
};
