import { INPUTS, UNITS, WEIGHT_COUNT } from '../src/audio/dimensions.js';
import { FrameAnalyser } from '../src/audio/frame.js';
import { STEP_MS, StepInputs, StepMeter } from '../src/speech/step-inputs.js';
import { GruGradient, type Sequence } from './gru-training.js';
import type { Material } from './material.js';
import type { Random } from './random.js';
import { makeScene, SCENE_MS } from './scene.js';

const BATCH = 16;
const RATE = 0.006;
const STEPS = SCENE_MS / STEP_MS;

/** A random scene as a training sequence. */
export function makeSequence(random: Random, material: Material): Sequence {
  const { samples, isSpeech } = makeScene(random, material);
  const analyser = new FrameAnalyser();
  const meter = new StepMeter();
  const stepInputs = new StepInputs();
  const inputs = new Float32Array(STEPS * INPUTS);
  let step = 0;
  for (let at = 0; at < samples.length; ) {
    at = analyser.take(samples, at);
    if (!analyser.isReady || !meter.push(analyser.frame)) continue;
    stepInputs.take(meter.values, 0);
    inputs.set(stepInputs.values, INPUTS * step++);
  }
  return { inputs, isSpeech };
}

/**
 * The net's weights after so many passes over the sequences: Adam, with a step size that falls to nothing
 * along a cosine. `onEpoch` is told the mean loss of each pass.
 */
export function train(
  random: Random,
  sequences: Sequence[],
  epochs: number,
  onEpoch: (loss: number) => void = () => {},
): Float64Array {
  const w = Float64Array.from({ length: WEIGHT_COUNT }, () => random.normal() / Math.sqrt(INPUTS + UNITS));
  const mean = new Float64Array(WEIGHT_COUNT);
  const square = new Float64Array(WEIGHT_COUNT);
  const work = new GruGradient(STEPS);
  const batches = Math.floor(sequences.length / BATCH);
  let updates = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    let loss = 0;
    shuffle(random, sequences);
    for (let batch = 0; batch < batches; batch++) {
      work.gradient.fill(0);
      for (let n = 0; n < BATCH; n++) loss += work.add(w, sequences[batch * BATCH + n] as Sequence);
      updates++;
      const rate = RATE * (0.5 + 0.5 * Math.cos((Math.PI * updates) / (epochs * batches)));
      adam(w, work.gradient, mean, square, rate, updates);
    }
    onEpoch(loss / (batches * BATCH));
  }
  return w;
}

function adam(
  w: Float64Array,
  gradient: Float64Array,
  mean: Float64Array,
  square: Float64Array,
  rate: number,
  updates: number,
): void {
  for (let n = 0; n < w.length; n++) {
    const slope = (gradient[n] as number) / BATCH;
    mean[n] = 0.9 * (mean[n] as number) + 0.1 * slope;
    square[n] = 0.999 * (square[n] as number) + 0.001 * slope * slope;
    const unbiased = (mean[n] as number) / (1 - 0.9 ** updates);
    const spread = Math.sqrt((square[n] as number) / (1 - 0.999 ** updates)) + 1e-8;
    w[n] = (w[n] as number) - (rate * unbiased) / spread;
  }
}

function shuffle(random: Random, items: Sequence[]): void {
  for (let n = items.length - 1; n > 0; n--) {
    const other = Math.floor(random.next() * (n + 1));
    [items[n], items[other]] = [items[other] as Sequence, items[n] as Sequence];
  }
}

/** The weights as the source of `speech-net-weights.generated.ts`. */
export function weightsModule(w: Float64Array): string {
  const numbers = Array.from(w, (value) => Number(value.toFixed(4)).toString());
  const lines: string[] = [];
  for (let n = 0; n < numbers.length; n += 12) lines.push(`  ${numbers.slice(n, n + 12).join(', ')},`);
  return `// Written by train/main.ts; not edited by hand.\n// biome-ignore format: generated\nexport const WEIGHTS: readonly number[] = [\n${lines.join('\n')}\n];\n`;
}
