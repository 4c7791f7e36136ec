import { writeFileSync } from 'node:fs';

const RATE = 8000;
const PITCH_HZ = 140;
const SYLLABLES_A_SECOND = 4;
/** Sentences of 3 s with pauses of 1 s. */
const SENTENCE_SECONDS = 3;
const PERIOD_SECONDS = 4;

/**
 * Writes a WAV file (8 kHz, 16-bit, mono) of something that is to a detector as much work as speech: a voice
 * of harmonics in syllables and sentences.
 * @param {string} path
 * @param {number} seconds
 */
export function writeSpeech(path, seconds) {
  const samples = Int16Array.from({ length: seconds * RATE }, (_, index) => {
    const at = index / RATE;
    if (at % PERIOD_SECONDS > SENTENCE_SECONDS) return Math.round(20 * (Math.random() - 0.5));
    const syllable = Math.sin(Math.PI * at * SYLLABLES_A_SECOND) ** 2;
    let voice = 0;
    for (let harmonic = 1; harmonic <= 12; harmonic++)
      voice += Math.sin(2 * Math.PI * PITCH_HZ * harmonic * at) / harmonic;
    return Math.round(5000 * syllable * voice);
  });
  const data = Buffer.from(samples.buffer);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  writeFileSync(path, Buffer.concat([head, data]));
}
