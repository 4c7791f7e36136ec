import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resample } from '../../src/media/resample.js';
import { tone } from '../../src/media/tones.js';
import { formatWav, parseWav, readWav } from '../../src/media/wav.js';
import { rms, shareOf } from './spectrum.js';

function sine(hz: number, rate: number, peak = 8000): Int16Array {
  return Int16Array.from({ length: rate }, (_, i) =>
    Math.round(peak * Math.sin((2 * Math.PI * hz * i) / rate)),
  );
}

describe('a WAV file', () => {
  it('of 16-bit PCM comes back as it was written', () => {
    const samples = tone([440], 101);
    expect(parseWav(formatWav(samples, 'pcm16'))).toEqual({ sampleRate: 8000, samples });
  });

  it.each(['alaw', 'mulaw'] as const)(
    'of %s keeps its tone and, having an odd length, its chunks apart',
    (encoding) => {
      const samples = tone([440], 100).subarray(0, 799);
      const back = parseWav(formatWav(samples, encoding));
      expect(back.samples).toHaveLength(799);
      expect(shareOf(440, back.samples)).toBeGreaterThan(0.95);
    },
  );

  it('of two channels is averaged to one', () => {
    const file = formatWav(Int16Array.of(100, 300, -50, 50), 'pcm16');
    file.writeUInt16LE(2, 22);
    expect([...parseWav(file).samples]).toEqual([200, 0]);
  });

  it('of another rate is brought to 8 kHz', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lab-wav-'));
    try {
      const path = join(dir, 'tone.wav');
      await writeFile(path, formatWav(sine(1000, 44_100), 'pcm16', 44_100));
      const samples = await readWav(path);
      expect(samples).toHaveLength(8000);
      expect(shareOf(1000, samples)).toBeGreaterThan(0.999);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it.each([
    ['something else', Buffer.from('{"not": "audio"}')],
    ['a cut-off head', formatWav(new Int16Array(8)).subarray(0, 20)],
    ['a format that is not read', Buffer.from(formatWav(new Int16Array(8), 'pcm16')).fill(3, 20, 21)],
  ])('that is %s is refused with a RangeError', (_, file) => {
    expect(() => parseWav(file)).toThrow(RangeError);
  });
});

describe('resampling', () => {
  it.each([11_025, 16_000, 22_050, 44_100, 48_000])(
    'from %i Hz keeps level and pitch of what fits',
    (rate) => {
      const samples = resample(sine(3000, rate), rate, 8000).subarray(200, 7800);
      expect(shareOf(3000, samples)).toBeGreaterThan(0.999);
      expect(rms(samples)).toBeCloseTo(8000 / Math.SQRT2, -2);
    },
  );

  it.each([11_025, 16_000, 44_100, 48_000])('from %i Hz lets nothing through that does not fit', (rate) => {
    const samples = resample(sine(4600, rate), rate, 8000).subarray(200, 7800);
    expect(rms(samples)).toBeLessThan(20);
  });
});
