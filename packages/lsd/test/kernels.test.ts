import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile } from '../kernels/compile.mjs';
import { BINS, INPUTS, ROW, UNITS, WINDOW } from '../src/audio/dimensions.js';
import { net, spectrum } from '../src/audio/kernels.js';
import { WEIGHTS } from '../src/speech/speech-net-weights.generated.js';
// Loads the weights into the kernels.
import '../src/speech/speech-net.js';
import { Random } from '../train/random.js';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The power in a bin by the definition of the discrete Fourier transform. */
function powerIn(bin: number, samples: Float32Array, start: number): number {
  let re = 0;
  let im = 0;
  for (let n = 0; n < WINDOW; n++) {
    const turn = (2 * Math.PI * n) / WINDOW;
    const sample = (samples[(start + n) % WINDOW] as number) * (0.5 - 0.5 * Math.cos(turn));
    re += sample * Math.cos(bin * turn);
    im -= sample * Math.sin(bin * turn);
  }
  return (re ** 2 + im ** 2) / (32768 ** 2 * WINDOW ** 2 * (3 / 32));
}

/** One step by the equations of the GRU (Cho et al., 2014); changes `state`. */
function probabilityAfter(inputs: readonly number[], state: number[]): number {
  const row = (at: number, remembered: readonly number[]) =>
    [...inputs, ...remembered, 1].reduce((sum, x, n) => sum + x * (WEIGHTS[at * ROW + n] as number), 0);
  const update = state.map((_, unit) => sigmoid(row(unit, state)));
  const gated = state.map((value, unit) => sigmoid(row(UNITS + unit, state)) * value);
  const next = state.map((value, unit) => {
    const keep = update[unit] as number;
    return keep * value + (1 - keep) * Math.tanh(row(2 * UNITS + unit, gated));
  });
  state.splice(0, UNITS, ...next);
  const output = WEIGHTS.slice(3 * UNITS * ROW);
  return sigmoid([...next, 1].reduce((sum, x, n) => sum + x * (output[n] as number), 0));
}

describe('the kernels', () => {
  it('in the repository are compiled from their source', async () => {
    const committed = readFileSync(new URL('../src/audio/kernels.generated.ts', import.meta.url), 'utf8');
    expect(await compile()).toBe(committed);
  });

  it('compute the power spectrum of a window, wherever it begins in the ring buffer', () => {
    const random = new Random(7);
    for (const start of [0, 80, 160, 240]) {
      for (let n = 0; n < WINDOW; n++)
        spectrum.samples[n] = Math.round(9000 * Math.sin(n / (3 + start)) + 500 * random.normal());
      spectrum.transform(start);
      let total = 0;
      for (let bin = 1; bin < BINS; bin++) {
        const expected = powerIn(bin, spectrum.samples, start);
        expect((spectrum.power[bin] as number) / expected).toBeCloseTo(1, 5);
        expect(spectrum.below[bin]).toBe(total);
        total += spectrum.power[bin] as number;
      }
      expect(spectrum.below[BINS]).toBe(total);
    }
  });

  it('find the two strongest peaks, and no second one where there is only one', () => {
    spectrum.power.fill(0.001);
    spectrum.power.set([0.4, 0.9, 0.5], 40);
    expect(spectrum.strongest(5)).toBe(41);
    expect(spectrum.strongestApart(5, 41, 4)).toBe(0);
    spectrum.power.set([0.1, 0.3, 0.2], 70);
    expect(spectrum.strongestApart(5, 41, 4)).toBe(71);
    expect(spectrum.strongest(60)).toBe(71);
  });

  it('compute the steps of the net by the equations of the GRU', () => {
    const random = new Random(9);
    const state = new Array<number>(UNITS).fill(0);
    net.state.fill(0);
    for (let step = 0; step < 50; step++) {
      // Some inputs are far out of range, so that the gates are fully open or closed.
      const scale = step % 10 === 9 ? 100 : 2;
      const inputs = Array.from({ length: INPUTS }, () => scale * random.normal());
      net.inputs.set(inputs);
      net.step();
      expect(net.probability[0]).toBeCloseTo(probabilityAfter(inputs, state), 8);
      for (let unit = 0; unit < UNITS; unit++) expect(net.state[unit]).toBeCloseTo(state[unit] as number, 8);
    }
  });
});
