import { readFile } from 'node:fs/promises';
import { SAMPLE_RATE } from './frame-clock.js';
import { G711 } from './g711.js';
import { resample } from './resample.js';

/** A WAV file's audio as 16-bit samples of one channel. */
export interface Recording {
  sampleRate: number;
  samples: Int16Array;
}

export type WavEncoding = 'pcm16' | 'alaw' | 'mulaw';

const FORMAT = { pcm16: 1, alaw: 6, mulaw: 7 } as const;
const FORMAT_EXTENSIBLE = 0xfffe;

/**
 * Reads a WAV file and resamples it to 8 kHz. Rejects when it is missing or `parseWav` does not accept it.
 */
export async function readWav(path: string): Promise<Int16Array> {
  const { sampleRate, samples } = parseWav(await readFile(path));
  return resample(samples, sampleRate, SAMPLE_RATE);
}

/** Parses a WAV of 16-bit PCM, A-law or mu-law; several channels are averaged. Throws a RangeError. */
export function parseWav(file: Buffer): Recording {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE')
    throw new RangeError('not a WAV file');
  const format = chunk(file, 'fmt ');
  const data = chunk(file, 'data');
  if (format === null || format.length < 16 || data === null)
    throw new RangeError('the WAV file has no format or no data');

  const tag = format.readUInt16LE(0);
  // The extensible form keeps the real format at the head of a GUID.
  const encoding = tag === FORMAT_EXTENSIBLE && format.length >= 26 ? format.readUInt16LE(24) : tag;
  const channels = format.readUInt16LE(2);
  const sampleRate = format.readUInt32LE(4);
  if (channels === 0 || sampleRate < 1000 || sampleRate > 384_000)
    throw new RangeError('the WAV file has no channels or an unsupported sample rate');
  return { sampleRate, samples: average(decode(data, encoding, format.readUInt16LE(14)), channels) };
}

/** A WAV file of 8 kHz mono samples. */
export function formatWav(
  samples: Int16Array,
  encoding: WavEncoding = 'alaw',
  sampleRate = SAMPLE_RATE,
): Buffer {
  const data = encode(samples, encoding);
  const bytesPerSample = encoding === 'pcm16' ? 2 : 1;
  // A chunk's length is even; a `fmt ` of other than PCM carries the length of its (empty) extension.
  const format = Buffer.alloc(encoding === 'pcm16' ? 16 : 18);
  format.writeUInt16LE(FORMAT[encoding], 0);
  format.writeUInt16LE(1, 2);
  format.writeUInt32LE(sampleRate, 4);
  format.writeUInt32LE(sampleRate * bytesPerSample, 8);
  format.writeUInt16LE(bytesPerSample, 12);
  format.writeUInt16LE(bytesPerSample * 8, 14);
  const body = Buffer.concat([Buffer.from('WAVE'), toChunk('fmt ', format), toChunk('data', data)]);
  return toChunk('RIFF', body);
}

function chunk(file: Buffer, name: string): Buffer | null {
  let at = 12;
  while (at + 8 <= file.length) {
    const length = file.readUInt32LE(at + 4);
    if (file.toString('latin1', at, at + 4) === name) return file.subarray(at + 8, at + 8 + length);
    at += 8 + length + (length % 2);
  }
  return null;
}

function toChunk(name: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8, name, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

function decode(data: Buffer, format: number, bits: number): Int16Array {
  if (format === FORMAT.alaw) return G711.PCMA.decode(data);
  if (format === FORMAT.mulaw) return G711.PCMU.decode(data);
  if (format !== FORMAT.pcm16 || bits !== 16)
    throw new RangeError(
      `unsupported WAV format ${format} with ${bits} bits; use 16-bit PCM, A-law or mu-law`,
    );
  return Int16Array.from({ length: data.length >> 1 }, (_, i) => data.readInt16LE(i * 2));
}

function encode(samples: Int16Array, encoding: WavEncoding): Buffer {
  if (encoding !== 'pcm16') return Buffer.from(G711[encoding === 'alaw' ? 'PCMA' : 'PCMU'].encode(samples));
  const data = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, i) => {
    data.writeInt16LE(sample, i * 2);
  });
  return data;
}

function average(interleaved: Int16Array, channels: number): Int16Array {
  if (channels === 1) return interleaved;
  return Int16Array.from({ length: Math.floor(interleaved.length / channels) }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += interleaved[i * channels + c] as number;
    return Math.round(sum / channels);
  });
}
