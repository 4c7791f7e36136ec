import { join, recording, silence, tone } from '@outdial/testkit/sounds';
import { describe, expect, it } from 'vitest';
import { asteriskAmd } from '../eval/asterisk-amd.js';
import { readWav, WavError } from '../eval/wav.js';

/** A WAV file of one channel. */
function wav(tag: number, rate: number, bits: number, data: Uint8Array): Uint8Array {
  const file = new Uint8Array(44 + data.length);
  const view = new DataView(file.buffer);
  const text = (at: number, word: string) => {
    for (let n = 0; n < word.length; n++) view.setUint8(at + n, word.charCodeAt(n));
  };
  text(0, 'RIFF');
  view.setUint32(4, 36 + data.length, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, tag, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, (rate * bits) / 8, true);
  view.setUint16(32, bits / 8, true);
  view.setUint16(34, bits, true);
  text(36, 'data');
  view.setUint32(40, data.length, true);
  file.set(data, 44);
  return file;
}

describe('readWav', () => {
  it('decodes the extreme codes of A-law and mu-law', () => {
    expect([...readWav(wav(6, 8000, 8, Uint8Array.of(0xaa, 0x2a, 0xd5, 0x55)))]).toEqual([
      32256, -32256, 8, -8,
    ]);
    expect([...readWav(wav(7, 8000, 8, Uint8Array.of(0x80, 0x00, 0xff)))].map((v) => v + 0)).toEqual([
      32124, -32124, 0,
    ]);
  });

  it('resamples audio to 8 kHz without changing its level', () => {
    const high = Int16Array.from(
      { length: 48_000 },
      (_, n) => 8000 * Math.sin((2 * Math.PI * 1000 * n) / 48_000),
    );
    const samples = readWav(wav(1, 48_000, 16, new Uint8Array(high.buffer)));
    expect(samples.length).toBe(8000);
    const peak = Math.max(...samples.subarray(1000, 7000));
    expect(peak).toBeGreaterThan(7900);
    expect(peak).toBeLessThan(8100);
  });

  it('rejects files that are not WAV and unsupported formats', () => {
    expect(() => readWav(new Uint8Array(20))).toThrow(WavError);
    expect(() => readWav(wav(2, 8000, 4, new Uint8Array(8)))).toThrow(
      'format 2 with 4 bits is not supported',
    );
  });
});

describe('asteriskAmd', () => {
  it('calls a word and 800 ms of silence HUMAN', () => {
    expect(asteriskAmd(join(silence(400), tone(400, 300), silence(3000)))).toMatchObject({
      farEndType: 'LIVE',
      cause: 'HUMAN',
      decidedAfterMs: 1600,
    });
  });

  it('calls silence, many words and long greetings machines', () => {
    expect(asteriskAmd(silence(5000))).toMatchObject({
      farEndType: 'ANSWER_MACHINE',
      cause: 'INITIALSILENCE',
    });
    expect(asteriskAmd(tone(3000, 300))).toMatchObject({ cause: 'LONGGREETING' });
    expect(asteriskAmd(recording('greeting'))).toMatchObject({ farEndType: 'ANSWER_MACHINE' });
  });
});
