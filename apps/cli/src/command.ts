import { type Command, Option } from 'commander';
import type { ExitStatus } from './exit-status.js';

/** Turns a function that returns the exit status into an action of commander. */
export type ToAction = <Args extends unknown[]>(
  body: (...args: Args) => Promise<ExitStatus>,
) => (...args: Args) => Promise<void>;

/**
 * Defines the arguments, options and action of a command, which already has its name, its summary and
 * `--json`. The action imports its module in `actions/` only when it runs, so that `--help` and invalid
 * arguments are fast.
 */
export type DefineCommand = (command: Command, toAction: ToAction) => void;

/** Of every command and subcommand. */
export function jsonOption(): Option {
  return new Option('--json', 'print JSON lines instead of text');
}
