import type { FarEndType } from '@outdial/contract';
import { describe, expect, it } from 'vitest';
import { crossValidate } from '../eval/cross-validation.js';
import { isRight } from '../eval/score.js';
import type { Trace } from '../eval/trace.js';
import { AudioAnalyser } from '../src/audio/audio-analyser.js';
import { emptyObservation } from '../src/verdict/observation.js';

const TIMEOUT_MS = 5000;
const nothing = emptyObservation(new AudioAnalyser(() => {}));

/** The trace of a callee who speaks from each start to each end. */
function trace(voice: string, label: FarEndType, phrases: readonly (readonly [number, number])[]): Trace {
  const greeting = { startMs: phrases[0]?.[0] ?? 0, endMs: phrases.at(-1)?.[1] ?? 0 };
  const observations = Array.from({ length: TIMEOUT_MS / 50 }, (_, n) => {
    const nowMs = 50 * (n + 1);
    const spoken = phrases.filter(([startMs]) => startMs < nowMs);
    const last = spoken.at(-1);
    return {
      ...nothing,
      nowMs,
      isLast: nowMs === TIMEOUT_MS,
      speechStartMs: spoken[0]?.[0] ?? -1,
      speechEndMs: last === undefined ? -1 : Math.min(last[1], nowMs),
      phraseStartMs: last?.[0] ?? -1,
      speechMs: spoken.reduce((sum, [startMs, endMs]) => sum + Math.min(endMs, nowMs) - startMs, 0),
    };
  });
  const recording = {
    file: `${voice}.wav`,
    label,
    accept: [label],
    kind: '',
    greeting,
    events: [],
    waitForMachine: null,
    snrDb: null,
    voices: [voice],
    sources: [],
    samples: new Int16Array(),
  };
  return { recording, observations };
}

const person = (voice: string) => trace(voice, 'LIVE', [[500, 1000]]);
/** Pauses for 620 ms: LIVE by the shortest silences, and not by the longer ones. */
const machine = (voice: string) =>
  trace(voice, 'ANSWER_MACHINE', [
    [500, 1300],
    [1920, 5000],
  ]);
const persons = ['north-ann', 'north-ben', 'south-cleo', 'east-dan', 'west-eve'].map(person);

describe('crossValidate', () => {
  it('also fits the thresholds to the calls of other voices', () => {
    expect(crossValidate(persons, []).best.silenceAfterShortMs).toBeLessThan(620);
    expect(crossValidate(persons, [machine('far')]).best.silenceAfterShortMs).toBeGreaterThan(620);
  });

  it('scores a voice, or a source, with thresholds that were chosen without it', () => {
    const { best, voice, source } = crossValidate([...persons, machine('far-fay'), machine('far-flo')], []);
    expect(best.silenceAfterShortMs).toBeGreaterThan(620);
    // The other voice has the same pause; no other source has.
    expect(voice.filter((item) => !isRight(item))).toEqual([]);
    expect(source.filter((item) => !isRight(item)).map(({ recording }) => recording.file)).toEqual([
      'far-fay.wav',
      'far-flo.wav',
    ]);
  });

  it('prefers thresholds that are fast enough for the median person, if there are any', () => {
    const late = (startMs: number) =>
      persons.map(({ recording }) =>
        trace(recording.voices[0] as string, 'LIVE', [[startMs, startMs + 500]]),
      );
    const silenceOf = (startMs: number) =>
      crossValidate([...late(startMs), machine('far')], []).best.silenceAfterShortMs;
    expect(silenceOf(1000)).toBeGreaterThan(620);
    expect(silenceOf(1500)).toBeLessThan(620);
    expect(silenceOf(2500)).toBeGreaterThan(620);
  });
});
