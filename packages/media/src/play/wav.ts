import { G711_CODECS, type Law } from '../codec/g711.js';
import { MediaError } from '../errors.js';
import { breathe } from './breathe.js';

/** Audio as it was decoded: one channel, -1 to 1. */
export interface DecodedAudio {
  sampleRate: number;
  samples: Float32Array;
}

const PCM = 1;
const ALAW = 6;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;
/** Samples read at a time, which takes less than half a millisecond. */
const PART_SAMPLES = 32_768;

/** How a sample is read. */
interface Layout {
  bytes: number;
  read: (data: DataView, at: number) => number;
}

export function isWav(file: Uint8Array): boolean {
  return ascii(file, 0, 4) === 'RIFF' && ascii(file, 8, 4) === 'WAVE';
}

/**
 * Reads a WAV file of 8, 16 or 24-bit PCM, A-law or mu-law, at any rate; channels are averaged. A data chunk that
 * claims more than there is (an unfinished recording) ends with the file. Rejects with `SOURCE_FORMAT`.
 */
export async function readWav(file: Uint8Array): Promise<DecodedAudio> {
  const format = chunk(file, 'fmt ');
  const data = chunk(file, 'data');
  if (!isWav(file) || format === null || format.byteLength < 16 || data === null)
    throw new MediaError('SOURCE_FORMAT', 'the WAV file has no format or no data');
  const tag = format.getUint16(0, true);
  // The extensible form has the real format at the head of a GUID.
  const encoding = tag === EXTENSIBLE && format.byteLength >= 26 ? format.getUint16(24, true) : tag;
  const channels = format.getUint16(2, true);
  const sampleRate = format.getUint32(4, true);
  if (channels < 1 || channels > 32 || sampleRate < 1000 || sampleRate > 384_000)
    throw new MediaError(
      'SOURCE_FORMAT',
      `a WAV file of ${channels} channels and ${sampleRate} Hz is not played`,
    );
  const layout = layoutOf(encoding, format.getUint16(14, true));
  return { sampleRate, samples: await average(data, layout, channels) };
}

function layoutOf(encoding: number, bits: number): Layout {
  if (encoding === ALAW) return lawLayout('pcma');
  if (encoding === MULAW) return lawLayout('pcmu');
  // 8 bits are unsigned, all others signed.
  if (encoding === PCM && bits === 8)
    return { bytes: 1, read: (data, at) => (data.getUint8(at) - 128) / 128 };
  if (encoding === PCM && bits === 16)
    return { bytes: 2, read: (data, at) => data.getInt16(at, true) / 32_768 };
  if (encoding === PCM && bits === 24)
    return {
      bytes: 3,
      read: (data, at) => (data.getUint16(at, true) + data.getInt8(at + 2) * 65_536) / 8_388_608,
    };
  throw new MediaError(
    'SOURCE_FORMAT',
    `WAV format ${encoding} of ${bits} bits is not played; PCM of 8, 16 or 24 bits, A-law and mu-law are`,
  );
}

function lawLayout(law: Law): Layout {
  const samples = new Int16Array(0x100);
  G711_CODECS[law].decode(
    Uint8Array.from({ length: 0x100 }, (_, byte) => byte),
    samples,
  );
  return { bytes: 1, read: (data, at) => (samples[data.getUint8(at)] as number) / 32_768 };
}

async function average(data: DataView, { bytes, read }: Layout, channels: number): Promise<Float32Array> {
  const frame = bytes * channels;
  const samples = new Float32Array(Math.floor(data.byteLength / frame));
  for (let n = 0; n < samples.length; n++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += read(data, n * frame + c * bytes);
    samples[n] = sum / channels;
    if (n % PART_SAMPLES === PART_SAMPLES - 1) await breathe();
  }
  return samples;
}

function chunk(file: Uint8Array, name: string): DataView | null {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 12; at + 8 <= file.length; ) {
    const length = view.getUint32(at + 4, true);
    if (ascii(file, at, 4) === name) {
      const there = Math.min(length, file.length - at - 8);
      return new DataView(file.buffer, file.byteOffset + at + 8, there);
    }
    at += 8 + length + (length % 2);
  }
  return null;
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
