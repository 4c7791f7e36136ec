import { MediaError } from '../errors.js';
import { breathe } from './breathe.js';
import type { DecodedAudio } from './wav.js';

/** What the two decoders give, of one part of a file. */
interface DecodedPart {
  channelData: Float32Array[];
  samplesDecoded: number;
  sampleRate: number;
}

/** Bytes decoded at a time, which takes about half a millisecond. */
const PART_BYTES = 2048;

/** Whether a file begins as an Ogg stream does. */
export function isOgg(file: Uint8Array): boolean {
  return file[0] === 0x4f && file[1] === 0x67 && file[2] === 0x67 && file[3] === 0x53;
}

/** Whether a file begins with an ID3 tag or the sync word of an MPEG audio frame. */
export function isMp3(file: Uint8Array): boolean {
  const isTagged = file[0] === 0x49 && file[1] === 0x44 && file[2] === 0x33;
  const isFrame = file[0] === 0xff && ((file[1] ?? 0) & 0xe0) === 0xe0 && ((file[1] ?? 0) & 0x06) !== 0;
  return isTagged || isFrame;
}

/** Decodes MP3 by mpg123, in WebAssembly. Rejects with `SOURCE_FORMAT` or `SOURCE_TOO_LARGE`. */
export async function decodeMp3(file: Uint8Array, longestSeconds: number): Promise<DecodedAudio> {
  const { MPEGDecoder } = await import('mpg123-decoder');
  const decoder = new MPEGDecoder({ enableGapless: true });
  await decoder.ready;
  try {
    const decoded = new Parts(longestSeconds);
    for (let at = 0; at < file.length; at += PART_BYTES) {
      decoded.add(decoder.decode(file.subarray(at, at + PART_BYTES)));
      await breathe();
    }
    return decoded.join();
  } finally {
    decoder.free();
  }
}

/** Decodes Ogg/Opus by libopus, in WebAssembly. Rejects with `SOURCE_FORMAT` or `SOURCE_TOO_LARGE`. */
export async function decodeOggOpus(file: Uint8Array, longestSeconds: number): Promise<DecodedAudio> {
  const { OggOpusDecoder } = await import('ogg-opus-decoder');
  const decoder = new OggOpusDecoder();
  await decoder.ready;
  try {
    const decoded = new Parts(longestSeconds);
    for (let at = 0; at < file.length; at += PART_BYTES) {
      // Its types say otherwise, but it gives a promise.
      decoded.add(await decoder.decode(file.subarray(at, at + PART_BYTES)));
      await breathe();
    }
    decoded.add(await decoder.flush());
    return decoded.join();
  } catch (error) {
    if (error instanceof MediaError) throw error;
    throw new MediaError('SOURCE_FORMAT', `the Ogg file is no Opus: ${(error as Error).message}`, error);
  } finally {
    decoder.free();
  }
}

/** Decoded parts, as one channel. */
class Parts {
  readonly #longestSeconds: number;
  readonly #parts: Float32Array[] = [];
  #samples = 0;
  #sampleRate = 0;

  constructor(longestSeconds: number) {
    this.#longestSeconds = longestSeconds;
  }

  add({ channelData, samplesDecoded, sampleRate }: DecodedPart): void {
    const [first, second] = channelData;
    if (samplesDecoded === 0 || first === undefined) return;
    this.#sampleRate = sampleRate;
    this.#samples += samplesDecoded;
    if (this.#samples > this.#longestSeconds * sampleRate)
      throw new MediaError('SOURCE_TOO_LARGE', `the sound is longer than ${this.#longestSeconds} s`);
    const mono = new Float32Array(samplesDecoded);
    for (let n = 0; n < samplesDecoded; n++)
      mono[n] =
        second === undefined ? (first[n] as number) : ((first[n] as number) + (second[n] as number)) / 2;
    this.#parts.push(mono);
  }

  join(): DecodedAudio {
    if (this.#samples === 0)
      throw new MediaError('SOURCE_FORMAT', 'the file holds no sound that can be decoded');
    const samples = new Float32Array(this.#samples);
    let at = 0;
    for (const part of this.#parts) {
      samples.set(part, at);
      at += part.length;
    }
    return { sampleRate: this.#sampleRate, samples };
  }
}
