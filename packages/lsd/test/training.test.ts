import { describe, expect, it } from 'vitest';
import { INPUTS, WEIGHT_COUNT } from '../src/audio/dimensions.js';
import { LOOKAHEAD_STEPS } from '../src/speech/speech-net.js';
import { GruGradient, type Sequence } from '../train/gru-training.js';
import type { Material } from '../train/material.js';
import { makeSequence, train, weightsModule } from '../train/net-training.js';
import { Random } from '../train/random.js';

/** Phrases of buzzing, and noise as music. */
function material(): Material {
  const random = new Random(3);
  const phrase = (hz: number) =>
    Float32Array.from({ length: 6000 }, (_, n) => 4000 * Math.sin(n / 900) * Math.sin((n * hz) / 1273) ** 5);
  return {
    voices: [110, 220].map((hz) => [phrase(hz), phrase(1.2 * hz)]),
    music: [Float32Array.from({ length: 70_000 }, () => 1000 * random.normal())],
  };
}

describe('training', () => {
  it('gives the same weights, to the byte, for the same seed and material', () => {
    const sounds = material();
    const once = () => {
      const random = new Random(11);
      const scenes = [makeSequence(random, sounds), makeSequence(random, sounds)];
      return weightsModule(
        train(
          random,
          Array.from({ length: 16 }, (_, n) => scenes[n % 2] as Sequence),
          1,
        ),
      );
    };
    expect(once()).toBe(once());
  });

  it('follows the gradient of the loss', () => {
    const random = new Random(5);
    const steps = LOOKAHEAD_STEPS + 6;
    const w = Float64Array.from({ length: WEIGHT_COUNT }, () => 0.3 * random.normal());
    const sequence: Sequence = {
      inputs: Float32Array.from({ length: steps * INPUTS }, () => random.normal()),
      isSpeech: Uint8Array.from({ length: steps }, (_, n) => n % 2),
    };
    const work = new GruGradient(steps);
    work.add(w, sequence);
    for (let n = 0; n < WEIGHT_COUNT; n += 97) {
      const lossAt = (by: number) => new GruGradient(steps).add(w.with(n, (w[n] as number) + by), sequence);
      expect(work.gradient[n]).toBeCloseTo((lossAt(1e-5) - lossAt(-1e-5)) / 2e-5, 6);
    }
  });
});
