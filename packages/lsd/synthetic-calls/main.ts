/**
 * Generates labelled calls from voices that are neither in the training data of the net nor in the
 * development set. The set `tuning` serves to choose the thresholds, the set `test` to evaluate the detector;
 * they have no voice in common. The same material and arguments give the same files.
 * usage: node dist/tools/synthetic-calls/main.js MATERIAL_DIR tuning|test DIR [CALLS]
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMaterial, readVoice } from '../train/material.js';
import { Random } from '../train/random.js';
import { makeSyntheticCall, type SyntheticCall } from './synthetic-call.js';
import { Voice } from './voice.js';
import { toWav } from './wav.js';

const SEEDS = { tuning: 20_262, test: 20_263 };

const [materialFolder = '', set = '', folder = '', calls = '1500'] = process.argv.slice(2);
if (folder === '' || !(set === 'tuning' || set === 'test')) {
  process.stderr.write('usage: synthetic-calls MATERIAL_DIR tuning|test DIR [CALLS]\n');
  process.exit(2);
}
const random = new Random(SEEDS[set]);
const material = readMaterial(materialFolder);
const speech = join(materialFolder, `${set}-speech`);
const names = readdirSync(speech).sort();
const voices = names.map((name) => new Voice(name, readVoice(join(speech, name))));
mkdirSync(folder, { recursive: true });
const manifest = Array.from({ length: Number(calls) }, (_, number) => {
  const call = makeSyntheticCall(random, material, voices);
  const file = `${String(number).padStart(4, '0')}_${call.kind.name}.wav`;
  writeFileSync(join(folder, file), toWav(call.samples));
  return JSON.stringify(manifestLine(file, call));
});
writeFileSync(join(folder, 'manifest.jsonl'), `${manifest.join('\n')}\n`);

/** A line of the manifest, in the format of `eval/corpus.ts`. */
function manifestLine(file: string, { kind, voice, timeline, snrDb }: SyntheticCall): object {
  const spoken = timeline.events.filter(({ type }) => type === 'speech');
  const first = spoken[0];
  const last = kind.label === 'live' ? first : spoken.at(-1);
  return {
    file,
    label: kind.label,
    kind: kind.name,
    greeting: first === undefined ? null : { start_ms: first.startMs, end_ms: last?.endMs },
    events: timeline.events.map(({ type, startMs, endMs, frequencies }) => ({
      type,
      start_ms: startMs,
      end_ms: endMs,
      freqs: frequencies.map(Math.round),
    })),
    snr_db: snrDb === null ? null : Math.round(10 * snrDb) / 10,
    voice: first === undefined ? [] : [voice],
    source: [voice.replace(/-.*/, '')],
  };
}
