import { MediaError } from '../errors.js';
import type { SourceOptions } from '../options.js';
import { checkHost } from './fetch-source.js';
import { askedPath } from './read-source.js';
import { isToneSource, parseTones } from './tones.js';

/**
 * Whether a source is one that may be played, by what it is called alone: nobody looks whether it is there. Throws
 * `SOURCE_INVALID`, `SOURCE_FORBIDDEN` or `HOST_NOT_ALLOWED`.
 */
export function checkSource(
  source: string,
  { directory, allowedHosts }: Pick<SourceOptions, 'directory' | 'allowedHosts'>,
): void {
  if (isToneSource(source)) parseTones(source);
  else if (isAddress(source)) checkHost(urlOf(source), allowedHosts);
  else if (/^[a-z][a-z0-9+._-]*:\/\//i.test(source) && !source.startsWith('file:'))
    throw new MediaError('SOURCE_INVALID', `${source} is neither a path, nor an https address, nor a tone`);
  else askedPath(source, directory);
}

/** Whether a source is fetched. */
export function isAddress(source: string): boolean {
  return /^https?:/i.test(source);
}

function urlOf(source: string): URL {
  try {
    return new URL(source);
  } catch (error) {
    throw new MediaError('SOURCE_INVALID', `${source}: ${(error as Error).message}`, error);
  }
}
