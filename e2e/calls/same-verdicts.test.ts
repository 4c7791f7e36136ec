import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from '@outdial/contract';
import { parseWav } from '@outdial/lab/audio';
import { SpeakerDetector } from '@outdial/lsd';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeRecordings } from '../support/generated-recordings.js';
import { Recordings } from '../support/recordings.js';
import { Stack } from '../support/stack.js';

/** A folder of G.711 WAV files, such as a labelled set, to be played as well. */
const FOLDER = process.env.OUTDIAL_TEST_RECORDINGS;
/** How many of them, evenly spread. */
const COUNT = Number(process.env.OUTDIAL_TEST_RECORDINGS_COUNT ?? 40);
/** Calls at once: with more, a busy machine sends and hears them late, which is not what is judged here. */
const AT_ONCE = 10;
const LONG_MS = 600_000;

const LIMIT_MS = 5000;
/** A look of the detector (50 ms), a packet or two, and what passes before FreeSWITCH's fork starts. */
const TYPICAL_SHIFT_MS = 150;
/** Some recordings lie where a packet more or less decides. */
const SAME_SHARE = 0.9;
const MULAW = 7;

interface Played {
  name: string;
  samples: Int16Array;
  ofFile: Verdict;
  codecs: 'g711a' | 'g711u';
}

interface Call {
  file: Played;
  ofCall: Verdict;
}

let recordings: Recordings;
let stack: Stack;
beforeAll(async () => {
  recordings = await Recordings.create();
  stack = await Stack.start({ recordingsDir: recordings.dir });
});
afterAll(async () => {
  await stack.close();
  await recordings.close();
});

it('a recording has the verdict on a call that it has as a file', { timeout: LONG_MS }, async () => {
  const calls = await callAll(madeHere());
  const verdicts = (of: (call: Call) => Verdict) =>
    Object.fromEntries(calls.map((call) => [call.file.name, told(of(call))]));
  expect(verdicts(({ ofCall }) => ofCall)).toEqual(verdicts(({ file }) => file.ofFile));
  expect(calls.length).toBeGreaterThan(30);
});

describe.skipIf(FOLDER === undefined)('the recordings of a folder', () => {
  it('hardly ever have another verdict on a call, or at another moment', { timeout: LONG_MS }, async () => {
    const calls = await callAll(fromFolder(FOLDER ?? ''));
    const same = calls.filter(({ file, ofCall }) => told(file.ofFile).join() === told(ofCall).join());
    const shifts = same.map(({ file, ofCall }) => ofCall.decidedAfterMs - file.ofFile.decidedAfterMs);
    const distances = shifts.map(Math.abs).sort((a, b) => a - b);
    const at = (share: number) => distances[Math.floor(share * (distances.length - 1))] ?? 0;
    for (const { file, ofCall } of calls.filter((call) => !same.includes(call)))
      process.stdout.write(`${file.name}: ${inWords(file.ofFile)}; on the call: ${inWords(ofCall)}\n`);
    process.stdout.write(
      `${same.length} of ${calls.length} verdicts are the same; their moments differ by ${at(0.5)} ms ` +
        `in the median, ${at(0.9)} ms at 90 %, ${at(1)} ms at most\n`,
    );
    expect(same.length / calls.length).toBeGreaterThanOrEqual(SAME_SHARE);
    expect(at(0.5)).toBeLessThanOrEqual(TYPICAL_SHIFT_MS);
  });
});

async function callAll(files: readonly Played[]): Promise<Call[]> {
  const calls: Call[] = [];
  const waiting = [...files];
  const callSome = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      calls.push({ file, ofCall: await verdictOfCall(file) });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, callSome));
  return calls;
}

function told({ farEndType, kind }: Verdict): string[] {
  return [farEndType, kind];
}

function inWords(verdict: Verdict): string {
  return `${told(verdict).join(' ')} after ${verdict.decidedAfterMs} ms (${verdict.evidence})`;
}

function verdictOfFile(samples: Int16Array): Verdict {
  let first: Verdict | null = null;
  const detector = new SpeakerDetector({
    mode: 'DEFAULT',
    timeoutMilliseconds: LIMIT_MS,
    onEvent: (event) => {
      if (event.type === 'verdict') first = event.verdict;
    },
  });
  // A callee that has played its recording is silent.
  for (const part of [samples, new Int16Array(LIMIT_MS * 8)]) detector.push(part);
  return first ?? detector.end();
}

async function verdictOfCall({ name, samples, codecs }: Played): Promise<Verdict> {
  const { state, verdict } = await stack.call({
    callTo: await recordings.add(name, samples),
    codecs,
    liveSpeakerDetect: 'DEFAULT',
    lsdTimeoutMilliseconds: LIMIT_MS,
  });
  expect(state).toBe('ANSWERED');
  return verdict as Verdict;
}

function madeHere(): Played[] {
  return Object.entries(madeRecordings()).map(([name, samples]) => ({
    name,
    samples,
    ofFile: verdictOfFile(samples),
    codecs: 'g711a',
  }));
}

function fromFolder(folder: string): Played[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.wav'));
  const step = Math.max(1, files.length / COUNT);
  return Array.from({ length: Math.min(COUNT, files.length) }, (_, n) => {
    const name = files[Math.floor(n * step)] as string;
    const file = readFileSync(join(folder, name));
    const codecs = file.readUInt16LE(20) === MULAW ? 'g711u' : 'g711a';
    const samples = parseWav(file).samples;
    return { name: name.replace(/\.wav$/, ''), samples, ofFile: verdictOfFile(samples), codecs };
  });
}
