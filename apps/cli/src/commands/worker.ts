import type { DefineCommand } from '../command.js';
import type { JsonOption } from '../output.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Runs a worker with the configuration in OUTDIAL_CONFIG and the environment, or with that of a demo that is running in this directory. After the first SIGTERM or Ctrl-C, calls in progress can finish; the second one hangs them up.',
    )
    .action(
      toAction(async (options: JsonOption) => {
        const { runWorker } = await import('../actions/worker.js');
        return runWorker(options);
      }),
    );
};
