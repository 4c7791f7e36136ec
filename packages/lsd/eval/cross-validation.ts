import { POLICY, type PolicySettings } from '../src/policy.js';
import type { Recording } from './corpus.js';
import { isRight, type Scored, score } from './score.js';
import { type Trace, verdictOn } from './trace.js';

const FOLDS = 5;
/** A live call called a machine weighs as much as this many other errors; a machine called live, as much as this many UNKNOWN. */
const LIVE_LOST = 3;
const MACHINE_CALLED_LIVE = 1.5;
/** The median person is to be answered within this time after the greeting and the answer; slower timing is considered only where all is. */
const SLOWEST_AFTER_GREETING_MS = 850;
const SLOWEST_AFTER_ANSWER_MS = 2600;

/** What stays in one fold: the recordings of a voice, or of all the voices of one source. */
export type Grouping = 'voice' | 'source';

/** A timing, and the verdicts it gives. */
interface Candidate {
  policy: PolicySettings;
  verdicts: readonly Scored[];
  /** Its cost on the calls of other voices. */
  elsewhere: number;
}

export interface CrossValidation extends Record<Grouping, readonly Scored[]> {
  /** The timing that is best on all of it. */
  best: PolicySettings;
}

/**
 * What the timing gives on voices it was not fitted to: each fold is judged with the timing that is best on the
 * others, and, weighed the same, on calls of `other` voices (none: []): a fold more or less of a few hundred recordings
 * is too little to choose by alone. How fast it is to be is asked of the whole set, for that is a demand and not fitted,
 * and how long people speak differs more from fold to fold than timings do. The net needs no fold: it never saw a
 * recording of the corpus.
 */
export function crossValidate(traces: readonly Trace[], other: readonly Trace[]): CrossValidation {
  const all = policies().map((policy) => ({
    policy,
    verdicts: traces.map((trace) => verdictOn(trace, policy)),
    elsewhere: cost(other.map((trace) => verdictOn(trace, policy))),
  }));
  const fast = all.filter(({ verdicts }) => isFast(verdicts));
  const candidates = fast.length > 0 ? fast : all;
  const recordings = traces.map(({ recording }) => recording);
  const judged = (grouping: Grouping) => {
    const fold = foldsOf(recordings, grouping);
    return Array.from({ length: FOLDS }, (_, held) =>
      bestOf(candidates, (n) => fold[n] !== held).verdicts.filter((_, n) => fold[n] === held),
    ).flat();
  };
  return { best: bestOf(candidates, () => true).policy, voice: judged('voice'), source: judged('source') };
}

function bestOf(candidates: readonly Candidate[], isUsed: (n: number) => boolean): Candidate {
  const costs = candidates.map(
    ({ verdicts, elsewhere }) => cost(verdicts.filter((_, n) => isUsed(n))) + elsewhere,
  );
  return candidates[costs.indexOf(Math.min(...costs))] as Candidate;
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

/** What the errors weigh, as a share of the recordings. */
function cost(verdicts: readonly Scored[]): number {
  return verdicts.reduce((sum, item) => sum + weight(item), 0) / Math.max(1, verdicts.length);
}

function weight(item: Scored): number {
  if (isRight(item)) return 0;
  const { recording, farEndType } = item;
  if (recording.label === 'LIVE' && farEndType === 'ANSWER_MACHINE') return LIVE_LOST;
  return recording.label === 'ANSWER_MACHINE' && farEndType === 'LIVE' ? MACHINE_CALLED_LIVE : 1;
}

function isFast(verdicts: readonly Scored[]): boolean {
  const { liveAfterGreetingMs, decidedAfterMs } = score(verdicts);
  return (
    (liveAfterGreetingMs?.median ?? 0) <= SLOWEST_AFTER_GREETING_MS &&
    (decidedAfterMs.LIVE?.median ?? 0) <= SLOWEST_AFTER_ANSWER_MS
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
