import { Option } from 'commander';
import type { DefineCommand } from '../command.js';
import type { DemoOptions } from '../demo/demo.js';

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Starts Redis, a lab and a worker, enqueues one call to each callee of the lab, shows the calls live, and prints their results. Exit status 0 only if every call ends as expected.',
    )
    .addOption(
      new Option(
        '--media <maker>',
        "who makes the media of the calls: the worker itself, the lab's FreeSWITCH, or auto: the worker where it can",
      )
        .choices(['auto', 'worker', 'freeswitch'])
        .default('auto'),
    )
    .option('--stay', 'keep everything running until Ctrl-C, for other commands in this directory')
    .action(
      toAction(async (options: DemoOptions) => {
        const { runDemo } = await import('../demo/demo.js');
        return runDemo(options);
      }),
    );
};
