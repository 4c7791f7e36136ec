import { CommanderError } from 'commander';

/** What the process says when it ends; `--help` names the same numbers. */
export const EXIT = {
  ok: 0,
  /** It went wrong: Redis away, a call's error, a check that failed. */
  failed: 1,
  /** What was asked for is malformed (an option, a call job, a campaign file); nothing was done. */
  usage: 2,
  /** `outdial call` alone: the call was placed and not answered. */
  notAnswered: 3,
} as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** The status for an error that reached the top. */
export function exitStatusOf(error: unknown): ExitStatus {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const isMalformed = error instanceof Error && 'code' in error && error.code === 'INVALID_JOB';
  return isMalformed ? EXIT.usage : EXIT.failed;
}
