import { describe, expect, it } from 'vitest';
import { readWav } from '../eval/wav.js';
import { KINDS } from '../synthetic-calls/kinds.js';
import { makeSyntheticCall } from '../synthetic-calls/synthetic-call.js';
import { CALL_MS } from '../synthetic-calls/timeline.js';
import { Voice } from '../synthetic-calls/voice.js';
import { toWav } from '../synthetic-calls/wav.js';
import type { Material } from '../train/material.js';
import { Random } from '../train/random.js';

/** A word of buzzing. */
function word(hz: number, ms: number): Float32Array {
  return Float32Array.from({ length: 8 * ms }, (_, n) => 4000 * Math.sin((n * hz) / 1273) ** 5);
}

const VOICE = new Voice('buzz', [word(110, 240), word(150, 420), word(130, 700), word(120, 1500)]);
const MATERIAL: Material = {
  voices: [[word(200, 900), word(220, 600)]],
  music: [Float32Array.from({ length: 90_000 }, (_, n) => 1000 * Math.sin(n / 3))],
};

function calls(count: number) {
  const random = new Random(7);
  return Array.from({ length: count }, () => makeSyntheticCall(random, MATERIAL, [VOICE]));
}

describe('synthetic calls', () => {
  it('are the same for the same seed and material', () => {
    const samples = () => calls(5).map((call) => [...call.samples.subarray(0, 20_000)]);
    expect(samples()).toEqual(samples());
  });

  it('are of every kind, and have speech where their labels say', { timeout: 120_000 }, () => {
    const made = calls(160);
    expect(new Set(made.map(({ kind }) => kind.name))).toEqual(new Set(KINDS.map(({ name }) => name)));
    for (const { kind, timeline } of made) {
      const spoken = timeline.events.filter(({ type }) => type === 'speech');
      expect(spoken.length > 0, kind.name).toBe(kind.label !== 'unknown');
      for (const { startMs, endMs } of spoken) {
        const around = [8 * startMs, 8 * Math.min(endMs, CALL_MS)].map((at) =>
          timeline.speech.subarray(Math.max(0, at - 320), at + 320),
        );
        for (const edge of around)
          expect(
            edge.some((sample) => sample !== 0),
            kind.name,
          ).toBe(true);
        expect(timeline.speech[8 * startMs - 16] ?? 0).toBeCloseTo(0);
      }
    }
  });

  it('can be written as WAV and read again', () => {
    const { samples } = calls(1)[0] as typeof calls extends (count: number) => (infer Call)[] ? Call : never;
    expect(readWav(toWav(samples))).toEqual(samples);
  });
});

describe('a voice', () => {
  it('forms phrases of the requested length, and none that its words cannot form', () => {
    const random = new Random(1);
    for (const [least, most] of [
      [200, 300],
      [900, 2200],
      [3000, 4000],
    ] as const) {
      const phrase = VOICE.phrase(random, least, most);
      expect(phrase?.length).toBeGreaterThanOrEqual(8 * least);
      expect(phrase?.length).toBeLessThanOrEqual(8 * most);
    }
    expect(VOICE.phrase(random, 50, 100)).toBeNull();
  });

  it('is cut at the pauses of its recordings, without clicks', () => {
    const recording = Float32Array.of(
      ...word(110, 300),
      ...new Float32Array(2400),
      ...word(110, 50),
      ...new Float32Array(2400),
      ...word(110, 500),
    );
    const random = new Random(2);
    const voice = new Voice('cut', [recording]);
    const phrases = Array.from({ length: 40 }, () => voice.phrase(random, 200, 600)).filter(
      (phrase) => phrase !== null,
    );
    const lengths = new Set(phrases.map(({ length }) => Math.round(length / 80) * 10));
    expect([...lengths].sort((a, b) => a - b)).toEqual([300, 500]);
  });
});
