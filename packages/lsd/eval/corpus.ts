import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { FarEndType } from '@outdial/contract';
import { readWav } from './wav.js';

/** A recording and its labels. Without a manifest, `label` is null. */
export interface Recording {
  /** File name within the corpus folder. */
  file: string;
  label: FarEndType | null;
  /** The verdicts that count as correct. */
  accept: readonly FarEndType[];
  kind: string;
  greeting: Span | null;
  events: readonly LabelledEvent[];
  /**
   * When the condition of `waitForAnswerMachine` is first met; with `trigger` none, never within the
   * recording.
   */
  waitForMachine: { trigger: 'beep' | 'silence' | 'none'; atMs: number | null } | null;
  snrDb: number | null;
  voices: readonly string[];
  sources: readonly string[];
  /** 8 kHz mono. */
  samples: Int16Array;
}

export interface Span {
  startMs: number;
  endMs: number;
}

export interface LabelledEvent extends Span {
  type: string;
}

interface ManifestLine {
  file: string;
  label: string;
  accept?: string[];
  kind?: string;
  greeting?: { start_ms: number; end_ms: number } | null;
  events?: { type: string; start_ms: number; end_ms: number }[];
  wait_for_machine?: { trigger: 'beep' | 'silence' | 'none'; at_ms: number | null } | null;
  snr_db?: number | null;
  voice?: string[];
  source?: string[];
}

/**
 * Reads the recordings of a folder (from its `manifest.jsonl`, or else all WAV files), or a single WAV file.
 */
export function readCorpus(path: string): Recording[] {
  if (path.toLowerCase().endsWith('.wav')) return [unlabelled(dirname(path), basename(path))];
  const manifest = join(path, 'manifest.jsonl');
  if (!existsSync(manifest)) {
    const files = readdirSync(path).filter((file) => file.toLowerCase().endsWith('.wav'));
    return files.sort().map((file) => unlabelled(path, file));
  }
  const lines = readFileSync(manifest, 'utf8').split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => labelled(path, JSON.parse(line) as ManifestLine));
}

function labelled(folder: string, line: ManifestLine): Recording {
  const wait = line.wait_for_machine;
  return {
    file: line.file,
    label: farEndType(line.label),
    accept: (line.accept ?? [line.label]).map(farEndType),
    kind: line.kind ?? line.label,
    greeting: line.greeting ? { startMs: line.greeting.start_ms, endMs: line.greeting.end_ms } : null,
    events: (line.events ?? []).map((e) => ({ type: e.type, startMs: e.start_ms, endMs: e.end_ms })),
    waitForMachine: wait ? { trigger: wait.trigger, atMs: wait.at_ms } : null,
    snrDb: line.snr_db ?? null,
    voices: line.voice ?? [],
    sources: line.source ?? [],
    samples: readWav(readFileSync(join(folder, line.file))),
  };
}

function unlabelled(folder: string, file: string): Recording {
  return {
    file,
    label: null,
    accept: [],
    kind: '',
    greeting: null,
    events: [],
    waitForMachine: null,
    snrDb: null,
    voices: [],
    sources: [],
    samples: readWav(readFileSync(join(folder, file))),
  };
}

function farEndType(label: string): FarEndType {
  return label.toUpperCase() as FarEndType;
}
