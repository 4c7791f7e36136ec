import { SAMPLE_RATE } from '../codec/g711.js';
import { resampledLength, resampleInto, toInt16 } from '../codec/resample.js';
import { MediaError } from '../errors.js';
import { breathe } from './breathe.js';
import { decodeMp3, decodeOggOpus, isMp3, isOgg } from './compressed.js';
import { encodeInto, type Sound, silentSound } from './sound.js';
import { type DecodedAudio, isWav, readWav } from './wav.js';

/** Samples of the result made at a time, which takes less than half a millisecond. */
const PART_SAMPLES = SAMPLE_RATE / 4;

/**
 * Decodes a file by what it begins with (not by its name), brings it to 8 kHz, and encodes it. All of it is done in small
 * parts, so that the calls of the thread go on meanwhile. Rejects with `SOURCE_FORMAT` or `SOURCE_TOO_LARGE`.
 */
export async function decodeSound(file: Uint8Array, longestSeconds: number): Promise<Sound> {
  const { sampleRate, samples } = await decode(file, longestSeconds);
  const length = resampledLength(samples.length, sampleRate);
  if (length > longestSeconds * SAMPLE_RATE)
    throw new MediaError('SOURCE_TOO_LARGE', `the sound is longer than ${longestSeconds} s`);
  const pcm = new Int16Array(length);
  const sound = silentSound(length);
  for (let from = 0; from < length; from += PART_SAMPLES) {
    const to = Math.min(length, from + PART_SAMPLES);
    if (sampleRate === SAMPLE_RATE) for (let n = from; n < to; n++) pcm[n] = toInt16(samples[n] as number);
    else resampleInto(samples, sampleRate, pcm, from, to);
    encodeInto(sound, pcm.subarray(from, to), from);
    await breathe();
  }
  return sound;
}

async function decode(file: Uint8Array, longestSeconds: number): Promise<DecodedAudio> {
  if (isWav(file)) return await readWav(file);
  if (isOgg(file)) return await decodeOggOpus(file, longestSeconds);
  if (isMp3(file)) return await decodeMp3(file, longestSeconds);
  throw new MediaError('SOURCE_FORMAT', 'this is no WAV, MP3 or Ogg/Opus file');
}
