import { POLICY, type PolicySettings } from '../src/policy.js';
import type { Recording } from './corpus.js';
import { isRight, type Scored, score } from './score.js';
import { type Trace, verdictOn } from './trace.js';

const FOLDS = 5;
/** A live call called a machine weighs as much as this many other errors; a machine called live, as much as this many UNKNOWN. */
const LIVE_LOST = 3;
const MACHINE_CALLED_LIVE = 1.5;
/** The median person is answered within this time after the greeting and the answer; slower timing is not considered. */
const SLOWEST_AFTER_GREETING_MS = 850;
const SLOWEST_AFTER_ANSWER_MS = 2600;

/** What stays in one fold: the recordings of a voice, or of all the voices of one source. */
export type Grouping = 'voice' | 'source';

/**
 * What the timing gives on voices it was not fitted to: each fold is judged with the timing that is best on the
 * others. The net needs no fold: it never saw a recording of the corpus.
 */
export function crossValidate(traces: readonly Trace[], grouping: Grouping): Scored[] {
  const fold = foldsOf(
    traces.map(({ recording }) => recording),
    grouping,
  );
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
  for (const shortGreetingMs of [1000, 1100, 1200])
    for (const longGreetingMs of [1300, 1500])
      for (const silenceAfterShortMs of [550, 600, 650, 700])
        for (const silenceAfterLongMs of [1300, 1400, 1500])
          for (const silenceAtLimitMs of [700, 800, 900, 1000])
            list.push({
              ...POLICY,
              shortGreetingMs,
              longGreetingMs,
              silenceAfterShortMs,
              silenceAfterLongMs,
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
  const falseLive = wrong.filter(
    ({ recording, farEndType }) => recording.label === 'ANSWER_MACHINE' && farEndType === 'LIVE',
  );
  const { liveAfterGreetingMs, decidedAfterMs } = score(used);
  const isSlow =
    (liveAfterGreetingMs?.median ?? 0) > SLOWEST_AFTER_GREETING_MS ||
    (decidedAfterMs.LIVE?.median ?? 0) > SLOWEST_AFTER_ANSWER_MS;
  return (
    wrong.length +
    (LIVE_LOST - 1) * lost.length +
    (MACHINE_CALLED_LIVE - 1) * falseLive.length +
    (isSlow ? 1000 : 0)
  );
}

/** The fold of each recording. A recording without a voice goes with its source. */
function foldsOf(recordings: readonly Recording[], grouping: Grouping): number[] {
  const groups = new Map<string, number>();
  return recordings.map(({ voices, sources, file }) => {
    const voice = voices[0] ?? sources[0] ?? file;
    // Voices are named after their source: flite-slt, voxserv-corsica.
    const key = grouping === 'voice' ? voice : (voice.split('-')[0] as string);
    const known = groups.get(key);
    if (known !== undefined) return known;
    const next = groups.size % FOLDS;
    groups.set(key, next);
    return next;
  });
}
