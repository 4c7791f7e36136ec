import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { join as joined, recording, silence, tone } from '@outdial/testkit/sounds';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { envelopeOf, type PageData } from '../eval/plot/page-data.js';
import { readWav } from '../eval/wav.js';
import { toWav } from '../synthetic-calls/wav.js';

const EVAL = fileURLToPath(new URL('../dist/tools/eval/main.js', import.meta.url));
/** A file name that would end the element that contains the data. */
const HOSTILE = '</script><b>.wav';
const hello = joined(silence(400), recording('hello'), silence(4000));
const machine = joined(silence(200), recording('hello'), silence(300), tone(400, 1000), silence(2000));

let folder: string;
let page: string;
let data: PageData;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'outdial-plot-'));
  mkdirSync(join(folder, 'corpus/<'), { recursive: true });
  writeFileSync(join(folder, 'corpus/hello.wav'), toWav(hello));
  writeFileSync(join(folder, 'corpus', HOSTILE), toWav(machine));
  const beep = { type: 'beep', start_ms: 1500, end_ms: 1900 };
  const lines = [
    { file: 'hello.wav', label: 'answer_machine', kind: 'am_short' },
    { file: HOSTILE, label: 'answer_machine', kind: 'am_short', events: [beep], snr_db: 20 },
  ];
  writeFileSync(join(folder, 'corpus/manifest.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
  const plot = join(folder, 'plot');
  execFileSync(process.execPath, [EVAL, join(folder, 'corpus'), '--plot', plot], { stdio: 'pipe' });
  page = readFileSync(join(plot, 'index.html'), 'utf8');
  data = JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? 'null');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('lsd:eval --plot', () => {
  it('writes a page with the scores and what the detector found in each recording', () => {
    expect(data.score).toMatchObject({ recordings: 2, accuracy: 0.5 });
    expect(data.score?.confusion.ANSWER_MACHINE).toMatchObject({ LIVE: 1, ANSWER_MACHINE: 1 });
    const [live, beeped] = data.recordings;
    expect(live).toMatchObject({ file: 'hello.wav', isRight: false, verdict: { farEndType: 'LIVE' } });
    expect(live?.detected.map(({ type }) => type)).toEqual(['speech']);
    expect(beeped).toMatchObject({ file: HOSTILE, isRight: true, snrDb: 20 });
    expect(beeped?.labels).toEqual([{ type: 'beep', startMs: 1500, endMs: 1900 }]);
    expect(beeped?.detected.map(({ type }) => type)).toContain('beep');
  });

  it('writes the audio of each recording beside the page', () => {
    expect(readdirSync(join(folder, 'plot/audio'))).toEqual(['0000.wav', '0001.wav']);
    expect(readWav(readFileSync(join(folder, 'plot', data.recordings[0]?.audio ?? '')))).toEqual(hello);
  });

  it('writes a page that needs nothing else, and loads no audio before it is played', () => {
    expect(page).not.toMatch(/https?:\/\/|\$[A-Z]+\$/);
    expect(page).toContain("preload: 'none'");
    expect(page).toContain('light-dark(');
  });
});

describe('an envelope', () => {
  it('has the levels of the recording, from silence to full scale', () => {
    const loud = new Int16Array(16_000);
    loud.set(
      tone(1000, 500).map((value) => value * 4),
      8000,
    );
    const levels = envelopeOf(loud);
    expect(levels).toHaveLength(600);
    expect(Math.max(...levels.subarray(0, 299))).toBe(0);
    expect(Math.min(...levels.subarray(301))).toBeGreaterThan(240);
  });
});
