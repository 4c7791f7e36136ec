import { FAR_END_TYPES } from '@outdial/contract';
import type { DecisionThresholds } from '../src/verdict/decision-rules.js';
import type { CrossValidation, Grouping } from './cross-validation.js';
import type { Outcome } from './measure.js';
import { formatReliability, measureReliability, type Reliability } from './reliability.js';
import {
  type Distribution,
  isRight,
  type Score,
  score,
  scoreWaits,
  toScored,
  type WaitScore,
} from './score.js';

/** The report of `lsd:eval`. */
export interface Report {
  detector: Score;
  reliability: readonly Reliability[];
  waits: WaitScore;
  /** Asterisk's AMD rules on the same recordings. */
  asteriskAmd: Score;
  /** Seconds of audio per second of CPU time: the number of streams that a core processes in real time. */
  streamsPerCore: number;
  /** The scores of the cross-validation by voice and by source; null without it. */
  crossValidated: Record<Grouping, Score> | null;
  /** The best thresholds on all recordings; null without cross-validation. */
  bestThresholds: DecisionThresholds | null;
}

export function buildReport(outcomes: readonly Outcome[], crossValidation: CrossValidation | null): Report {
  const audioSeconds = outcomes.reduce((sum, { recording }) => sum + recording.samples.length / 8000, 0);
  const cpuSeconds = outcomes.reduce((sum, outcome) => sum + outcome.cpuSeconds, 0);
  return {
    detector: score(outcomes.map(toScored)),
    reliability: measureReliability(outcomes),
    waits: scoreWaits(outcomes),
    asteriskAmd: score(outcomes.map(({ recording, amd }) => ({ recording, ...amd }))),
    streamsPerCore: Math.round(audioSeconds / cpuSeconds),
    crossValidated: crossValidation && {
      voice: score(crossValidation.voice),
      source: score(crossValidation.source),
    },
    bestThresholds: crossValidation?.best ?? null,
  };
}

/** The report as text. */
export function formatReport(report: Report): string {
  const { detector, asteriskAmd, waits, crossValidated } = report;
  const columns: [string, Score][] = [
    ['detector', detector],
    ...Object.entries(crossValidated ?? {}).map(([by, column]): [string, Score] => [`CV by ${by}`, column]),
    ['Asterisk AMD', asteriskAmd],
  ];
  const line = (name: string, value: (score: Score) => number | null | undefined, format = percent) =>
    `${name.padEnd(34)}${columns.map(([, column]) => format(value(column)).padStart(14)).join('')}`;
  return [
    `${`${detector.recordings} recordings`.padEnd(34)}${columns.map(([name]) => name.padStart(14)).join('')}`,
    line('accuracy', (s) => s.accuracy),
    line('live called machine', (s) => s.liveCalledMachine),
    line('  short hellos at 12 dB or better', (s) => s.helloCalledMachine),
    line('machine called live', (s) => s.machineCalledLive),
    ...FAR_END_TYPES.map((label) => line(`recall ${label}`, (s) => s.recall[label])),
    line('LIVE after the greeting, median', (s) => s.liveAfterGreetingMs?.median, milliseconds),
    line('LIVE after the answer, median', (s) => s.decidedAfterMs.LIVE?.median, milliseconds),
    '',
    `label / verdict      ${FAR_END_TYPES.map((type) => type.padStart(16)).join('')}`,
    ...FAR_END_TYPES.map(
      (label) =>
        label.padEnd(21) +
        FAR_END_TYPES.map((verdict) => String(detector.confusion[label][verdict]).padStart(16)).join(''),
    ),
    '',
    ...Object.entries(detector.kinds).map(
      ([kind, { recordings, right }]) =>
        `${kind.padEnd(26)} ${right}/${recordings}`.padEnd(40) + percent(right / recordings),
    ),
    '',
    'decided after the answer (ms)     least   p10  median  p90   most',
    ...FAR_END_TYPES.map((label) => `  ${label.padEnd(28)}${times(detector.decidedAfterMs[label])}`),
    `  ${'LIVE, after the greeting'.padEnd(28)}${times(detector.liveAfterGreetingMs)}`,
    '',
    formatReliability(report.reliability),
    '',
    `moment to leave a message found within 400 ms: ${percent(waits.within400Ms)} of ${waits.recordings}`,
    `beeps found: ${waits.beepsFound} of ${waits.beeps}; false beeps: ${waits.falseBeeps}`,
    `streams per core in real time: ${report.streamsPerCore}`,
    ...(report.bestThresholds === null
      ? []
      : [`best thresholds on all recordings: ${JSON.stringify(report.bestThresholds)}`]),
  ].join('\n');
}

/** One line for each recording with a wrong verdict. */
export function formatMisses(outcomes: readonly Outcome[]): string {
  return outcomes
    .filter((outcome) => outcome.recording.label !== null && !isRight(toScored(outcome)))
    .map(({ recording, verdict }) => {
      const { greeting, snrDb } = recording;
      const span = greeting === null ? 'no greeting' : `greeting ${greeting.startMs}-${greeting.endMs}`;
      return `${recording.file}: ${verdict.farEndType} (${verdict.kind}) after ${verdict.decidedAfterMs} ms: ${verdict.evidence} [${span}, ${snrDb ?? '-'} dB]`;
    })
    .join('\n');
}

function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : `${(100 * value).toFixed(1)} %`;
}

function milliseconds(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : `${Math.round(value)} ms`;
}

function times(distribution: Distribution | null | undefined): string {
  if (!distribution) return '     -';
  const { least, p10, median, p90, most } = distribution;
  return [least, p10, median, p90, most].map((value) => String(Math.round(value)).padStart(7)).join('');
}
