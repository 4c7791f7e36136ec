import type { Outcome } from './measure.js';
import { isRight, scoredOf } from './score.js';

/** Verdicts of about the same confidence, and how often such a verdict was right. */
export interface Reliability {
  from: number;
  to: number;
  recordings: number;
  meanConfidence: number;
  right: number;
}

const EDGES = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.001];

/** A line for each range of confidence in which there is a verdict. A calibrated detector is as right as it is confident. */
export function reliabilityOf(outcomes: readonly Outcome[]): Reliability[] {
  const labelled = outcomes.filter(({ recording }) => recording.label !== null);
  return EDGES.slice(1).flatMap((to, n) => {
    const from = EDGES[n] as number;
    const some = labelled.filter(({ verdict: { confidence } }) => confidence >= from && confidence < to);
    if (some.length === 0) return [];
    const sum = some.reduce((total, { verdict }) => total + verdict.confidence, 0);
    const right = some.filter((outcome) => isRight(scoredOf(outcome))).length / some.length;
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
