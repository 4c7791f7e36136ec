import type { Command } from 'commander';
import type { ExitStatus } from './exit-status.js';

/** Makes a commander action of a body that answers the exit status. */
export type ToAction = <Args extends unknown[]>(
  body: (...args: Args) => Promise<ExitStatus>,
) => (...args: Args) => Promise<void>;

/**
 * Gives one command its arguments, options and action; its name, summary and `--json` it has already. The action imports
 * what it does (`actions/`) itself, so that `--help` and a refused argument need not wait for it.
 */
export type DefineCommand = (command: Command, toAction: ToAction) => void;
