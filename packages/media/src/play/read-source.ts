import { constants, type Stats } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MediaError } from '../errors.js';

/** Opening and reading by these flags never waits, not even for a FIFO that took the place of the file meanwhile. */
export const READ_WITHOUT_WAITING = constants.O_RDONLY | constants.O_NONBLOCK;

/** What a file is now. */
export interface FileState {
  /** Links followed. */
  path: string;
  /** Its size and the time of its last change: another one is another sound. */
  version: string;
  bytes: number;
}

/**
 * Finds a file in the allowed directory, links followed. `source` is a path (relative ones begin in the directory) or
 * a `file:` address. Rejects with `SOURCE_INVALID`, `SOURCE_FORBIDDEN` or `SOURCE_MISSING`, and with `SOURCE_FORMAT` for
 * anything but a regular file, which is not opened: a FIFO would block a thread of libuv's pool until it gets a writer.
 */
export async function findFile(source: string, directory: string | null): Promise<FileState> {
  // Outside is refused before it is looked at, so that nobody learns what there is.
  const { allowed, asked } = askedPath(source, directory);
  try {
    const path = await realpath(asked);
    if (!isInside(await realpath(allowed), path)) throw forbidden(source);
    requireRegular(await stat(path), source);
    const file = await open(path, READ_WITHOUT_WAITING);
    try {
      const state = await file.stat();
      requireRegular(state, source);
      const { size, mtimeMs } = state;
      return { path, version: `${size} ${mtimeMs}`, bytes: size };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof MediaError) throw error;
    throw new MediaError('SOURCE_MISSING', `${source}: ${(error as Error).message}`, error);
  }
}

/** Where a file source leads to by its name, links not followed. Throws `SOURCE_INVALID` or `SOURCE_FORBIDDEN`. */
export function askedPath(source: string, directory: string | null): { allowed: string; asked: string } {
  if (directory === null) throw new MediaError('SOURCE_FORBIDDEN', 'no directory of sounds is configured');
  const asked = resolve(directory, source.startsWith('file:') ? pathOf(source) : source);
  if (!isInside(resolve(directory), asked)) throw forbidden(source);
  return { allowed: directory, asked };
}

function requireRegular(state: Stats, source: string): void {
  if (!state.isFile()) throw new MediaError('SOURCE_FORMAT', `${source} is not a regular file`);
}

function isInside(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function pathOf(source: string): string {
  try {
    return fileURLToPath(source);
  } catch (error) {
    throw new MediaError('SOURCE_INVALID', `${source}: ${(error as Error).message}`, error);
  }
}

function forbidden(source: string): MediaError {
  return new MediaError('SOURCE_FORBIDDEN', `${source} lies outside the directory of sounds`);
}
