/** Reads WAV files of all common formats as 8 kHz, 16-bit, mono. */

import { SAMPLE_RATE } from '../src/audio/frame.js';

/** Thrown for a file that is not a WAV file, or has an unsupported format. */
export class WavError extends Error {}

const PCM = 1;
const FLOAT = 3;
const ALAW = 6;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;

interface Format {
  tag: number;
  channels: number;
  rate: number;
  bits: number;
}

/**
 * The samples of a WAV file (PCM of 8 to 32 bits, float, A-law, mu-law) at 8 kHz. Channels are averaged.
 * @throws {WavError} when it is not a WAV file or has an unsupported format
 */
export function readWav(file: Uint8Array): Int16Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 12 || text(view, 0) !== 'RIFF' || text(view, 8) !== 'WAVE')
    throw new WavError('not a WAV file');
  let format: Format | null = null;
  for (let at = 12; at + 8 <= file.length; ) {
    const size = view.getUint32(at + 4, true);
    if (text(view, at) === 'fmt ') format = readFormat(view, at + 8, size);
    if (text(view, at) === 'data') {
      if (format === null) throw new WavError('the data chunk precedes the format chunk');
      const bytes = Math.min(size, file.length - at - 8);
      return toInt16(
        resample(readMono(new DataView(view.buffer, view.byteOffset + at + 8, bytes), format), format.rate),
      );
    }
    at += 8 + size + (size & 1);
  }
  throw new WavError('the file has no data chunk');
}

function text(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((n) => view.getUint8(at + n)));
}

function readFormat(view: DataView, at: number, size: number): Format {
  const tag = view.getUint16(at, true);
  return {
    tag: tag === EXTENSIBLE && size >= 26 ? view.getUint16(at + 24, true) : tag,
    channels: view.getUint16(at + 2, true),
    rate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
}

function readMono(data: DataView, format: Format): Float64Array {
  const width = format.bits / 8;
  const frame = width * format.channels;
  const count = Math.floor(data.byteLength / frame);
  const read = sampleReader(data, format);
  const mono = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    let sum = 0;
    for (let channel = 0; channel < format.channels; channel++) sum += read(n * frame + channel * width);
    mono[n] = sum / format.channels;
  }
  return mono;
}

function sampleReader(data: DataView, { tag, bits }: Format): (at: number) => number {
  if (tag === ALAW) return (at) => decodeAlaw(data.getUint8(at));
  if (tag === MULAW) return (at) => decodeMulaw(data.getUint8(at));
  if (tag === FLOAT && bits === 32) return (at) => data.getFloat32(at, true) * 32768;
  if (tag === FLOAT && bits === 64) return (at) => data.getFloat64(at, true) * 32768;
  if (tag === PCM && bits === 8) return (at) => (data.getUint8(at) - 128) * 256;
  if (tag === PCM && bits === 16) return (at) => data.getInt16(at, true);
  if (tag === PCM && bits === 24) return (at) => data.getInt16(at + 1, true) + data.getUint8(at) / 256;
  if (tag === PCM && bits === 32) return (at) => data.getInt32(at, true) / 65536;
  throw new WavError(`format ${tag} with ${bits} bits is not supported`);
}

/** ITU-T G.711 A-law. */
export function decodeAlaw(byte: number): number {
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const mantissa = ((code & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return code & 0x80 ? magnitude : -magnitude;
}

/** ITU-T G.711 mu-law. */
export function decodeMulaw(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84;
  return code & 0x80 ? -magnitude : magnitude;
}

/** Windowed-sinc resampling to 8 kHz, low-pass at the lower of the two Nyquist frequencies. */
function resample(samples: Float64Array, rate: number): Float64Array {
  if (rate === SAMPLE_RATE) return samples;
  const cutoff = Math.min(1, SAMPLE_RATE / rate) * 0.97;
  const reach = Math.ceil(16 / cutoff);
  const out = new Float64Array(Math.floor((samples.length * SAMPLE_RATE) / rate));
  for (let n = 0; n < out.length; n++) {
    const centre = (n * rate) / SAMPLE_RATE;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(samples.length - 1, Math.floor(centre + reach));
    let sum = 0;
    for (let k = first; k <= last; k++) sum += (samples[k] as number) * kernel(centre - k, cutoff, reach);
    out[n] = sum;
  }
  return out;
}

function kernel(distance: number, cutoff: number, reach: number): number {
  const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / reach);
  const x = Math.PI * cutoff * distance;
  return (x === 0 ? cutoff : (cutoff * Math.sin(x)) / x) * window;
}

function toInt16(samples: Float64Array): Int16Array {
  return Int16Array.from(samples, (value) => Math.max(-32768, Math.min(32767, Math.round(value))));
}
