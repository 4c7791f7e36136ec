import pc from 'picocolors';

/**
 * Whether a stream gets colours. `NO_COLOR` (not empty) turns them off; else `FORCE_COLOR` turns them on, or off with `0`
 * or `false`; else a terminal has them unless it is `dumb`.
 */
export function hasColours(env: NodeJS.ProcessEnv, stream: { isTTY?: boolean }): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR);
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Colours for standard output. */
export const colours = pc.createColors(hasColours(process.env, process.stdout));
/** Colours for standard error. */
export const errorColours = pc.createColors(hasColours(process.env, process.stderr));
