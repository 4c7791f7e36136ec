import type { Command } from 'commander';
import type { LimitOptions } from '../actions/lanes.js';
import { type DefineCommand, jsonOption } from '../command.js';
import type { JsonOption } from '../output.js';
import { toConcurrency, toLane, toRate } from '../parse-options.js';

const HELP = `
Limits hold for all workers together, and from now on. The rate is kept evenly: 10 calls a second
are one every tenth of a second. While a lane is paused, or its concurrency is 0, no call of it
begins; calls that were begun go on, and jobs may still be queued.`;

export const define: DefineCommand = (command, toAction) => {
  const actions = () => import('../actions/lanes.js');
  command
    .description('Lists the lanes, or changes one: its limits, whether it is paused, what waits in it.')
    .addHelpText('after', HELP)
    .helpCommand(true)
    .action(toAction(async (options: JsonOption) => (await actions()).listLanes(options)));
  command
    .command('limit')
    .description('Sets limits of a lane; what is not named stays as it is.')
    .argument('<lane>', 'the name of the lane', toLane)
    .option('--rate <calls>', 'calls begun a second, or "none"', toRate)
    .option('--concurrency <calls>', 'calls at once, or "none"', toConcurrency)
    .addOption(jsonOption())
    .action(
      toAction(async (lane: string, { rate, concurrency }: LimitOptions, own: Command) => {
        if (rate === undefined && concurrency === undefined)
          own.error('error: name --rate, --concurrency, or both');
        return (await actions()).limitLane(lane, own.optsWithGlobals());
      }),
    );
  const changes = {
    pause: 'Begins no further call of a lane until it is resumed.',
    resume: 'Undoes "pause".',
    cancel: 'Cancels every job that a lane has now: what waits is not dialled, calls in progress are ended.',
  } as const;
  for (const change of Object.keys(changes) as Array<keyof typeof changes>) {
    command
      .command(change)
      .description(changes[change])
      .argument('<lane>', 'the name of the lane', toLane)
      .addOption(jsonOption())
      .action(
        toAction(async (lane: string, _: unknown, own: Command) =>
          (await actions()).changeLane(change, lane, own.optsWithGlobals()),
        ),
      );
  }
};
