import { OutdialError, type Source } from '@outdial/contract';
import type { Speech } from '../../speech/speech.js';

/** What makes texts into speech. */
export type Speaking = Pick<Speech, 'fileOf'>;

/**
 * What the media plays for a source: a file or tone as it is, a text once it is made into speech. The promise rejects with
 * `SPEECH_FAILED`, or `UNSUPPORTED_STEP` where the worker has no speech; nobody needs to wait for it.
 */
export function fileOf(source: Source, speech: Speaking | null): string | Promise<string> {
  if (typeof source === 'string') return source;
  const { say, voice, language } = source;
  const file =
    speech === null
      ? Promise.reject(
          new OutdialError(
            'UNSUPPORTED_STEP',
            'the worker has no speech configured (speech.command or speech.url)',
          ),
        )
      : speech.fileOf(say, { voice, language });
  // It may be made for nothing: what comes before it may be stopped.
  file.catch(() => undefined);
  return file;
}
