import type { DefineCommand } from '../command.js';
import type { JsonOption } from '../output.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Runs a worker from OUTDIAL_CONFIG and the environment. The first SIGTERM or Ctrl-C lets calls in progress finish, the second hangs them up at once.',
    )
    .action(
      toAction(async (options: JsonOption) => {
        const { runWorker } = await import('../actions/worker.js');
        return runWorker(options);
      }),
    );
};
