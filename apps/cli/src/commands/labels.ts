import type { Command } from 'commander';
import { type DefineCommand, jsonOption } from '../command.js';
import { toLabel } from '../parse-options.js';

export const define: DefineCommand = (command, toAction) => {
  const actions = () => import('../actions/labels.js');
  command.description('Counts the jobs of a label, or cancels them all.');
  command
    .command('count')
    .description(
      'Counts the jobs of a label: those that wait, those in progress, and results by their state.',
    )
    .argument('<label>', 'the label', toLabel)
    .addOption(jsonOption())
    .action(
      toAction(async (label: string, _: unknown, own: Command) =>
        (await actions()).countLabel(label, own.optsWithGlobals()),
      ),
    );
  command
    .command('cancel')
    .description('Cancels every job of a label: what waits is not dialled, calls in progress are ended.')
    .argument('<label>', 'the label', toLabel)
    .addOption(jsonOption())
    .action(
      toAction(async (label: string, _: unknown, own: Command) =>
        (await actions()).cancelLabel(label, own.optsWithGlobals()),
      ),
    );
};
