import type { DefineCommand } from '../command.js';
import type { DemoOptions } from '../demo/demo.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      "Starts a Redis, a lab and a worker, enqueues one call for each of the lab's callees, shows the calls live, and ends with their results. Exit status 0 only if every call ended as its callee makes it end.",
    )
    .option('--stay', 'stay up afterwards, for other commands in this directory to use, until Ctrl-C')
    .action(
      toAction(async (options: DemoOptions) => {
        const { runDemo } = await import('../demo/demo.js');
        return runDemo(options);
      }),
    );
};
