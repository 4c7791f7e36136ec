import { join, loadPrompts, mix, noise, recording, silence, v21 } from '@outdial/testkit/sounds';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DtmfDetector } from '../src/index.js';

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477, 1633];
const KEYPAD = '123A456B789C*0#D';
/** Of each tone: about -15 dBm0. */
const PEAK = 4000;

interface Line {
  /** How far both frequencies are off, as a share. */
  off?: number;
  /** How much louder the column is than the row, in dB. */
  twistDb?: number;
  peak?: number;
}

function dtmf(digit: string, ms: number, { off = 0, twistDb = 0, peak = PEAK }: Line = {}): Int16Array {
  const at = KEYPAD.indexOf(digit);
  const [row, column] = [ROWS[at >> 2] as number, COLUMNS[at % 4] as number];
  const gain = 10 ** (twistDb / 40);
  const wave = (hz: number, n: number) => Math.sin((2 * Math.PI * hz * (1 + off) * n) / 8000);
  return Int16Array.from({ length: ms * 8 }, (_, n) =>
    Math.round((peak / gain) * wave(row, n) + peak * gain * wave(column, n)),
  );
}

function pressed(digits: string, onMs: number, offMs: number, line: Line = {}): Int16Array {
  return join(silence(50), ...[...digits].flatMap((digit) => [dtmf(digit, onMs, line), silence(offMs)]));
}

/** The digits that are found; the audio comes in parts of this many samples. */
function found(pcm: Int16Array, part = 160): string {
  let digits = '';
  const detector = new DtmfDetector((digit) => {
    digits += digit;
  });
  for (let at = 0; at < pcm.length; at += part) detector.push(pcm.subarray(at, at + part));
  return digits;
}

describe('digits in the audio', () => {
  it.each([
    ['as telephones send them', 100, 100, {}],
    ['as short as networks must carry them', 40, 40, {}],
    ['1.5 % off their frequencies', 50, 50, { off: 0.015 }],
    ['1.5 % below them', 50, 50, { off: -0.015 }],
    ['with the column 6 dB louder', 50, 50, { twistDb: 6 }],
    ['with the row 3 dB louder', 50, 50, { twistDb: -3 }],
    ['of -30 dBm0', 50, 50, { peak: 700 }],
  ])('are found %s', (_, onMs, offMs, line) => {
    expect(found(pressed(KEYPAD, onMs, offMs, line))).toBe(KEYPAD);
  });

  it('are found each once in any sequence, over a noisy line, however the audio is cut into parts', () => {
    const digits = fc.string({ unit: fc.constantFrom(...KEYPAD), minLength: 1, maxLength: 8 });
    const times = fc.integer({ min: 45, max: 250 });
    fc.assert(
      fc.property(digits, times, times, fc.integer({ min: 1, max: 400 }), (sequence, onMs, offMs, part) => {
        const pcm = mix(pressed(sequence, onMs, offMs), noise(1000, 250));
        expect(found(pcm, part)).toBe(sequence);
      }),
      { numRuns: 300 },
    );
  });

  it('are not doubled by a click or a drop-out within them', () => {
    const digit = dtmf('5', 300);
    digit.fill(0, 1000, 1080);
    digit.fill(20_000, 1600, 1606);
    expect(found(join(silence(50), digit, silence(50)))).toBe('5');
  });
});

describe('what is no digit', () => {
  it('is not taken for one in speech', async () => {
    const prompts = await loadPrompts();
    for (const prompt of Object.values(prompts)) expect(found(prompt)).toBe('');
    for (const name of ['hello', 'greeting', 'business'] as const) expect(found(recording(name))).toBe('');
  });

  it('is not taken for one in noise, tones and faxes', () => {
    const tones = [697, 941, 1209, 1477, 440, 1000, 2100].map((hz) =>
      Int16Array.from({ length: 4000 }, (_, n) => 8000 * Math.sin((2 * Math.PI * hz * n) / 8000)),
    );
    for (const sound of [...tones, noise(5000, 4000), v21(2000)]) expect(found(sound)).toBe('');
  });
});
