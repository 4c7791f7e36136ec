import { DEFAULT_THRESHOLDS, type DecisionThresholds } from '../src/verdict/decision-rules.js';
import type { Recording } from './corpus.js';
import { isRight, type Scored, score } from './score.js';
import { type Trace, verdictOn } from './trace.js';

const FOLDS = 5;
/**
 * The weight of a live call called a machine, and of a machine called live; other errors have the weight 1.
 */
const LIVE_CALLED_MACHINE = 3;
const MACHINE_CALLED_LIVE = 1.5;
/** Thresholds that take longer for the median person are considered only when all of them do. */
const MAX_AFTER_GREETING_MS = 850;
const MAX_AFTER_ANSWER_MS = 2600;

/** A fold keeps the recordings of a voice together, or those of all voices of a source. */
export type Grouping = 'voice' | 'source';

/** Thresholds and the verdicts that they give. */
interface Candidate {
  thresholds: DecisionThresholds;
  verdicts: readonly Scored[];
  /** The cost on the calls of other voices. */
  otherCost: number;
}

export interface CrossValidation extends Record<Grouping, readonly Scored[]> {
  /** The best thresholds on all recordings. */
  best: DecisionThresholds;
}

/**
 * Cross-validates the thresholds. The verdicts of each fold are those of the thresholds with the lowest cost
 * on the other folds and, with the same weight, on the calls of `other` voices, because a few hundred
 * recordings alone are too few to choose by. The limits on speed apply to the whole set: they are
 * requirements and not fitted, and the lengths of greetings differ more between folds than thresholds do. The
 * net needs no folds, because it was not trained on the corpus.
 * @param other labelled calls of other voices; may be empty
 */
export function crossValidate(traces: readonly Trace[], other: readonly Trace[]): CrossValidation {
  const all = thresholdCandidates().map((thresholds) => ({
    thresholds,
    verdicts: traces.map((trace) => verdictOn(trace, thresholds)),
    otherCost: cost(other.map((trace) => verdictOn(trace, thresholds))),
  }));
  const fast = all.filter(({ verdicts }) => isFast(verdicts));
  const candidates = fast.length > 0 ? fast : all;
  const recordings = traces.map(({ recording }) => recording);
  const verdictsBy = (grouping: Grouping) => {
    const fold = assignFolds(recordings, grouping);
    return Array.from({ length: FOLDS }, (_, held) =>
      bestOf(candidates, (n) => fold[n] !== held).verdicts.filter((_, n) => fold[n] === held),
    ).flat();
  };
  return {
    best: bestOf(candidates, () => true).thresholds,
    voice: verdictsBy('voice'),
    source: verdictsBy('source'),
  };
}

function bestOf(candidates: readonly Candidate[], isUsed: (n: number) => boolean): Candidate {
  const costs = candidates.map(
    ({ verdicts, otherCost }) => cost(verdicts.filter((_, n) => isUsed(n))) + otherCost,
  );
  return candidates[costs.indexOf(Math.min(...costs))] as Candidate;
}

/** Thresholds around the current ones. */
function thresholdCandidates(): DecisionThresholds[] {
  const list: DecisionThresholds[] = [];
  for (const shortGreetingMs of [1000, 1100, 1200])
    for (const longGreetingMs of [1300, 1500])
      for (const silenceAfterShortMs of [550, 600, 650, 700])
        for (const silenceAfterLongMs of [1300, 1400, 1500])
          for (const silenceAtLimitMs of [700, 800, 900, 1000])
            list.push({
              ...DEFAULT_THRESHOLDS,
              shortGreetingMs,
              longGreetingMs,
              silenceAfterShortMs,
              silenceAfterLongMs,
              silenceAtLimitMs,
            });
  return list;
}

/** The weighted share of errors. */
function cost(verdicts: readonly Scored[]): number {
  return verdicts.reduce((sum, item) => sum + weight(item), 0) / Math.max(1, verdicts.length);
}

function weight(item: Scored): number {
  if (isRight(item)) return 0;
  const { recording, farEndType } = item;
  if (recording.label === 'LIVE' && farEndType === 'ANSWER_MACHINE') return LIVE_CALLED_MACHINE;
  return recording.label === 'ANSWER_MACHINE' && farEndType === 'LIVE' ? MACHINE_CALLED_LIVE : 1;
}

function isFast(verdicts: readonly Scored[]): boolean {
  const { liveAfterGreetingMs, decidedAfterMs } = score(verdicts);
  return (
    (liveAfterGreetingMs?.median ?? 0) <= MAX_AFTER_GREETING_MS &&
    (decidedAfterMs.LIVE?.median ?? 0) <= MAX_AFTER_ANSWER_MS
  );
}

/** The fold of each recording. A recording without a voice is grouped by its source. */
function assignFolds(recordings: readonly Recording[], grouping: Grouping): number[] {
  const groups = new Map<string, number>();
  return recordings.map(({ voices, sources, file }) => {
    const voice = voices[0] ?? sources[0] ?? file;
    // The name of a voice begins with its source: flite-slt, voxserv-corsica.
    const key = grouping === 'voice' ? voice : (voice.split('-')[0] as string);
    const known = groups.get(key);
    if (known !== undefined) return known;
    const next = groups.size % FOLDS;
    groups.set(key, next);
    return next;
  });
}
