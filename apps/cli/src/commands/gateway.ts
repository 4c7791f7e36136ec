import type { DefineCommand } from '../command.js';
import type { JsonOption } from '../output.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Runs a gateway with the configuration in OUTDIAL_CONFIG and the environment, or with that of a demo that is running in this directory. After SIGTERM or Ctrl-C, requests in progress can finish.',
    )
    .action(
      toAction(async (options: JsonOption) => {
        const { runGateway } = await import('../actions/gateway.js');
        return runGateway(options);
      }),
    );
};
