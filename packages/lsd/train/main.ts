/**
 * Trains the net that tells speech from background, and writes `src/speech-net-weights.ts`.
 * usage: node dist/tools/train/main.js MATERIAL_DIR [SCENES] [EPOCHS]
 * The same material and arguments give the same file.
 */
import { writeFileSync } from 'node:fs';
import { FrameAnalyser } from '../src/frame.js';
import { INPUTS, STEP_MS, StepFeatures, UNITS, WEIGHT_COUNT } from '../src/speech-net.js';
import { GruGradient, type Sequence } from './gru-training.js';
import { type Material, readMaterial } from './material.js';
import { Random } from './random.js';
import { makeScene, SCENE_MS } from './scene.js';

const SEED = 20_261;
const BATCH = 16;
const RATE = 0.006;
const STEPS = SCENE_MS / STEP_MS;
const WEIGHTS_FILE = new URL('../../../src/speech-net-weights.ts', import.meta.url);

const [folder = '', scenes = '2000', epochs = '10'] = process.argv.slice(2);
if (folder === '') {
  process.stderr.write('usage: train MATERIAL_DIR [SCENES] [EPOCHS]\n');
  process.exit(2);
}
const random = new Random(SEED);
const material = readMaterial(folder);
const sequences = Array.from({ length: Number(scenes) }, () => hear(random, material));
process.stderr.write(`${sequences.length} scenes\n`);
writeFileSync(WEIGHTS_FILE, asModule(train(random, sequences, Number(epochs))));

function hear(random: Random, material: Material): Sequence {
  const { samples, isSpeech } = makeScene(random, material);
  const analyser = new FrameAnalyser();
  const features = new StepFeatures();
  const inputs = new Float32Array(STEPS * INPUTS);
  let step = 0;
  for (let at = 0; at < samples.length; ) {
    at = analyser.take(samples, at);
    if (analyser.isReady && features.push(analyser.frame)) inputs.set(features.values, INPUTS * step++);
  }
  return { inputs, isSpeech };
}

/** Adam, with a step size that falls to nothing along a cosine. */
function train(random: Random, sequences: Sequence[], epochs: number): Float64Array {
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
    process.stderr.write(`epoch ${epoch + 1}: loss ${(loss / (batches * BATCH)).toFixed(4)}\n`);
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

function asModule(w: Float64Array): string {
  const numbers = Array.from(w, (value) => Number(value.toFixed(4)).toString());
  const lines: string[] = [];
  for (let n = 0; n < numbers.length; n += 12) lines.push(`  ${numbers.slice(n, n + 12).join(', ')},`);
  return `// Written by train/main.ts; not edited by hand.\n// biome-ignore format: generated\nexport const WEIGHTS: readonly number[] = [\n${lines.join('\n')}\n];\n`;
}
