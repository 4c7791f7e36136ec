import { POLICY, type PolicySettings } from '../src/policy.js';
import type { Recording } from './corpus.js';
import { isRight, type Scored, score } from './score.js';
import { type Trace, verdictOn } from './trace.js';

const FOLDS = 5;
/** A live call called a machine weighs as much as this many other errors. */
const LIVE_LOST = 3;
/** The median person is answered within this time after the greeting; slower timing is not considered. */
const SLOWEST_MEDIAN_MS = 850;

/**
 * What the timing gives on voices it was not fitted to: recordings that share a voice or a source stay in one
 * fold, and each fold is judged with the timing that is best on the others. The net needs no fold: it never
 * saw a recording of the corpus.
 */
export function crossValidate(traces: readonly Trace[]): Scored[] {
  const fold = foldsOf(traces.map(({ recording }) => recording));
  const candidates = policies().map((policy) => traces.map((trace) => verdictOn(trace, policy)));
  return Array.from({ length: FOLDS }, (_, held) => {
    const isHeld = (n: number) => fold[n] === held;
    const best = candidates.reduce((a, b) =>
      cost(b, (n) => !isHeld(n)) < cost(a, (n) => !isHeld(n)) ? b : a,
    );
    return best.filter((_, n) => isHeld(n));
  }).flat();
}

/** Timings around the one in use. */
function policies(): PolicySettings[] {
  const list: PolicySettings[] = [];
  for (const shortGreetingMs of [800, 1000, 1200])
    for (const silenceAfterShortMs of [700, 800])
      for (const silenceAfterLongMs of [1050, 1200, 1350, 1500])
        for (const recordingMs of [3800, 4400, 4800])
          for (const silenceAtLimitMs of [500, 700, 900])
            list.push({
              ...POLICY,
              shortGreetingMs,
              silenceAfterShortMs,
              silenceAfterLongMs,
              recordingMs,
              silenceAtLimitMs,
            });
  return list;
}

function cost(verdicts: readonly Scored[], isUsed: (n: number) => boolean): number {
  const used = verdicts.filter((_, n) => isUsed(n));
  const wrong = used.filter((item) => !isRight(item));
  const lost = wrong.filter(
    ({ recording, farEndType }) => recording.label === 'LIVE' && farEndType === 'ANSWER_MACHINE',
  );
  const median = score(used).liveAfterGreetingMs?.median ?? 0;
  return wrong.length + (LIVE_LOST - 1) * lost.length + (median > SLOWEST_MEDIAN_MS ? 1000 : 0);
}

/** The fold of each recording; those linked by a voice, or by a source without a known voice, go together. */
function foldsOf(recordings: readonly Recording[]): number[] {
  const groups = new Map<string, number>();
  return recordings.map(({ voices, sources, file }) => {
    const key = voices[0] ?? sources[0] ?? file;
    const known = groups.get(key);
    if (known !== undefined) return known;
    const next = groups.size % FOLDS;
    groups.set(key, next);
    return next;
  });
}
