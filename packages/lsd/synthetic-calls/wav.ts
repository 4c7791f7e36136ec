import { SAMPLE_RATE } from '../src/audio/frame.js';

/** Encodes 8 kHz, 16-bit, mono samples as a WAV file. */
export function toWav(samples: Int16Array): Uint8Array {
  const bytes = 2 * samples.length;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + bytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(2 * SAMPLE_RATE, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(bytes, 40);
  const data = Buffer.alloc(bytes);
  samples.forEach((sample, n) => {
    data.writeInt16LE(sample, 2 * n);
  });
  return Buffer.concat([header, data]);
}
