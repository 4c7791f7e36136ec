/**
 * Makes labelled calls of voices that the net was not trained on, and that are not in the development set: to choose the
 * timing by (`tuning`), and to measure the detector with (`test`); no voice is in both.
 * usage: node dist/tools/made-calls/main.js MATERIAL_DIR tuning|test DIR [CALLS]
 * The same material and arguments give the same files.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMaterial, readVoice } from '../train/material.js';
import { Random } from '../train/random.js';
import { type MadeCall, makeCall } from './made-call.js';
import { Voice } from './voice.js';
import { toWav } from './wav.js';

const SEEDS = { tuning: 20_262, test: 20_263 };

const [materialFolder = '', set = '', folder = '', calls = '1500'] = process.argv.slice(2);
if (folder === '' || !(set === 'tuning' || set === 'test')) {
  process.stderr.write('usage: made-calls MATERIAL_DIR tuning|test DIR [CALLS]\n');
  process.exit(2);
}
const random = new Random(SEEDS[set]);
const material = readMaterial(materialFolder);
const speech = join(materialFolder, `${set}-speech`);
const names = readdirSync(speech).sort();
const voices = names.map((name) => new Voice(name, readVoice(join(speech, name))));
mkdirSync(folder, { recursive: true });
const manifest = Array.from({ length: Number(calls) }, (_, number) => {
  const call = makeCall(random, material, voices);
  const file = `${String(number).padStart(4, '0')}_${call.kind.name}.wav`;
  writeFileSync(join(folder, file), toWav(call.samples));
  return JSON.stringify(manifestLine(file, call));
});
writeFileSync(join(folder, 'manifest.jsonl'), `${manifest.join('\n')}\n`);

/** As `eval/corpus.ts` reads it. */
function manifestLine(file: string, { kind, voice, timeline, snrDb }: MadeCall): object {
  const spoken = timeline.heard.filter(({ type }) => type === 'speech');
  const first = spoken[0];
  const last = kind.label === 'live' ? first : spoken.at(-1);
  return {
    file,
    label: kind.label,
    kind: kind.name,
    greeting: first === undefined ? null : { start_ms: first.startMs, end_ms: last?.endMs },
    events: timeline.heard.map(({ type, startMs, endMs, frequencies }) => ({
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
