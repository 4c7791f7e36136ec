import { FAR_END_TYPES, type FarEndType } from '@outdial/contract';
import type { LsdEvent } from '../../src/index.js';
import type { Outcome } from '../measure.js';
import type { Report } from '../report.js';
import { isRight, toScored } from '../score.js';

/** A stretch of a recording, in milliseconds. `type`: `speech`, `beep`, `music`, ... */
export interface Band {
  type: string;
  startMs: number;
  endMs: number;
}

/** What the page shows of one recording. */
export interface PlottedRecording {
  file: string;
  audio: string;
  kind: string;
  label: FarEndType | null;
  /** Null without a label. */
  isRight: boolean | null;
  verdict: { farEndType: FarEndType; kind: string; atMs: number; confidence: number; evidence: string };
  revised: { farEndType: FarEndType; atMs: number } | null;
  lengthMs: number;
  snrDb: number | null;
  labels: readonly Band[];
  detected: readonly Band[];
  /** The peak level of each column, from 0 (-75 dB or less) to 255 (full scale), base64. */
  envelope: string;
}

export interface PageData {
  types: readonly FarEndType[];
  /** Null when no recording is labelled. */
  score: Report['detector'] | null;
  recordings: readonly PlottedRecording[];
}

/** Columns of an envelope. */
const COLUMNS = 600;
const LOWEST_DB = -75;

export function pageData(outcomes: readonly Outcome[], report: Report): PageData {
  return {
    types: FAR_END_TYPES,
    score: report.detector.recordings === 0 ? null : report.detector,
    recordings: outcomes.map(plottedRecording),
  };
}

function plottedRecording(outcome: Outcome, n: number): PlottedRecording {
  const { recording, verdict, revised, events } = outcome;
  const { file, kind, label, snrDb, samples } = recording;
  const { farEndType, decidedAfterMs, confidence, evidence } = verdict;
  return {
    ...{ file, kind, label, snrDb },
    audio: `audio/${String(n).padStart(4, '0')}.wav`,
    isRight: label === null ? null : isRight(toScored(outcome)),
    verdict: { farEndType, kind: verdict.kind, atMs: decidedAfterMs, confidence, evidence },
    revised: revised && { farEndType: revised.farEndType, atMs: revised.decidedAfterMs },
    lengthMs: samples.length / 8,
    labels: recording.events.map(({ type, startMs, endMs }) => ({ type, startMs, endMs })),
    detected: events.flatMap(bandOf),
    envelope: Buffer.from(envelopeOf(samples)).toString('base64'),
  };
}

/** The stretch that an event ends; none for events without a duration, and for tones without a meaning. */
function bandOf(event: LsdEvent): Band[] {
  if (!('durationMs' in event) || event.type === 'toneEnded') return [];
  const type = event.type === 'speechEnded' ? 'speech' : event.type;
  return [{ type, startMs: Math.max(0, event.atMs - event.durationMs), endMs: event.atMs }];
}

/** Levels rather than amplitudes, so that quiet sounds are visible. */
export function envelopeOf(samples: Int16Array): Uint8Array {
  return Uint8Array.from({ length: COLUMNS }, (_, column) => {
    const from = Math.floor((column / COLUMNS) * samples.length);
    const to = Math.max(from + 1, Math.floor(((column + 1) / COLUMNS) * samples.length));
    let peak = 1;
    for (let n = from; n < to; n++) peak = Math.max(peak, Math.abs(samples[n] ?? 0));
    const db = 20 * Math.log10(peak / 32768);
    return Math.round(255 * Math.max(0, Math.min(1, 1 - db / LOWEST_DB)));
  });
}
