/**
 * Trains the net that tells speech from background, and writes `src/speech/speech-net-weights.generated.ts`.
 * The same material and arguments give the same file.
 * usage: node dist/tools/train/main.js MATERIAL_DIR [SCENES] [EPOCHS]
 */
import { writeFileSync } from 'node:fs';
import { readMaterial } from './material.js';
import { makeSequence, train, weightsModule } from './net-training.js';
import { Random } from './random.js';

const SEED = 20_261;
const WEIGHTS_FILE = new URL('../../../src/speech/speech-net-weights.generated.ts', import.meta.url);

const [folder = '', scenes = '2000', epochs = '10'] = process.argv.slice(2);
if (folder === '') {
  process.stderr.write('usage: train MATERIAL_DIR [SCENES] [EPOCHS]\n');
  process.exit(2);
}
const random = new Random(SEED);
const material = readMaterial(folder);
const sequences = Array.from({ length: Number(scenes) }, () => makeSequence(random, material));
process.stderr.write(`${sequences.length} scenes\n`);
const weights = train(random, sequences, Number(epochs), (loss) =>
  process.stderr.write(`loss ${loss.toFixed(4)}\n`),
);
writeFileSync(WEIGHTS_FILE, weightsModule(weights));
