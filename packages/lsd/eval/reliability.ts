import type { Outcome } from './measure.js';
import { isRight, toScored } from './score.js';

/** The verdicts within a range of confidence. Shares are from 0 to 1. */
export interface Reliability {
  from: number;
  to: number;
  recordings: number;
  meanConfidence: number;
  right: number;
}

const EDGES = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.001];

/**
 * One entry for each range of confidence with verdicts. For a calibrated detector, `right` equals
 * `meanConfidence`.
 */
export function measureReliability(outcomes: readonly Outcome[]): Reliability[] {
  const labelled = outcomes.filter(({ recording }) => recording.label !== null);
  return EDGES.slice(1).flatMap((to, n) => {
    const from = EDGES[n] as number;
    const some = labelled.filter(({ verdict: { confidence } }) => confidence >= from && confidence < to);
    if (some.length === 0) return [];
    const sum = some.reduce((total, { verdict }) => total + verdict.confidence, 0);
    const right = some.filter((outcome) => isRight(toScored(outcome))).length / some.length;
    return [{ from, to: Math.min(1, to), recordings: some.length, meanConfidence: sum / some.length, right }];
  });
}

export function formatReliability(lines: readonly Reliability[]): string {
  return [
    'confidence      recordings   mean   right',
    ...lines.map(
      ({ from, to, recordings, meanConfidence, right }) =>
        `  ${from.toFixed(2)} to ${to.toFixed(2)}${String(recordings).padStart(9)}` +
        `${meanConfidence.toFixed(2).padStart(9)}${right.toFixed(2).padStart(8)}`,
    ),
  ].join('\n');
}
