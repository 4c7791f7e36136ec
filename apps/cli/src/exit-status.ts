import { CommanderError } from 'commander';
import { isUnreadableFile } from './unreadable-file.js';

/** Exit statuses of the process; `--help` lists them. */
export const EXIT = {
  ok: 0,
  /** Redis is unavailable, a call had an error, or a check failed. */
  failed: 1,
  /** An option, a call job or a campaign file is invalid; nothing was done. */
  usage: 2,
  /** `outdial call` only: the call was placed and not answered. */
  notAnswered: 3,
} as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** The exit status for an uncaught error. */
export function exitStatusOf(error: unknown): ExitStatus {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const isInvalid = error instanceof Error && 'code' in error && error.code === 'INVALID_JOB';
  return isInvalid || isUnreadableFile(error) ? EXIT.usage : EXIT.failed;
}
