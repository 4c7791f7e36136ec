import { FAR_END_TYPES, type FarEndType } from '@outdial/contract';
import type { Recording } from './corpus.js';
import type { Outcome } from './measure.js';

/** A verdict to be scored. */
export interface Scored {
  recording: Recording;
  farEndType: FarEndType;
  decidedAfterMs: number;
}

/** Shares are from 0 to 1; null where there are no recordings to count. */
export interface Score {
  recordings: number;
  accuracy: number | null;
  liveCalledMachine: number | null;
  /** The share of short hellos (`live_hello...`) with a signal-to-noise ratio of at least 12 dB. */
  helloCalledMachine: number | null;
  machineCalledLive: number | null;
  /** By label: the share of correct verdicts. */
  recall: Partial<Record<FarEndType, number | null>>;
  /** Numbers of recordings by label, then by verdict. */
  confusion: Record<FarEndType, Record<FarEndType, number>>;
  kinds: Record<string, { recordings: number; right: number }>;
  /** By label: the times of correct verdicts after the answer. */
  decidedAfterMs: Partial<Record<FarEndType, Distribution>>;
  /** The times of correct LIVE verdicts after the end of the greeting. */
  liveAfterGreetingMs: Distribution | null;
}

export interface Distribution {
  least: number;
  p10: number;
  median: number;
  p90: number;
  most: number;
}

const CLEAN_DB = 12;
/** The detector reports a beep without speech before it only when it cannot be a busy tone any longer. */
const BEEP_HELD_MS = 1250;

export function isRight({ recording, farEndType }: Scored): boolean {
  return recording.accept.includes(farEndType);
}

export function toScored({ recording, verdict }: Outcome): Scored {
  return { recording, farEndType: verdict.farEndType, decidedAfterMs: verdict.decidedAfterMs };
}

export function score(scored: readonly Scored[]): Score {
  const labelled = scored.filter(({ recording }) => recording.label !== null);
  const of = (label: FarEndType) => labelled.filter(({ recording }) => recording.label === label);
  const live = of('LIVE');
  const hellos = live.filter(
    ({ recording: { kind, snrDb } }) => kind.startsWith('live_hello') && (snrDb ?? 99) >= CLEAN_DB,
  );
  const isMachine = (item: Scored) => item.farEndType === 'ANSWER_MACHINE';
  const isLive = (item: Scored) => item.farEndType === 'LIVE';
  return {
    recordings: labelled.length,
    accuracy: share(labelled, isRight),
    liveCalledMachine: share(live, isMachine),
    helloCalledMachine: share(hellos, isMachine),
    machineCalledLive: share(of('ANSWER_MACHINE'), isLive),
    recall: Object.fromEntries(FAR_END_TYPES.map((label) => [label, share(of(label), isRight)])),
    confusion: table((label) =>
      table((verdict) => of(label).filter((item) => item.farEndType === verdict).length),
    ),
    kinds: byKind(labelled),
    decidedAfterMs: Object.fromEntries(
      FAR_END_TYPES.flatMap((label) => {
        const times = distribution(
          of(label)
            .filter(isRight)
            .map((item) => item.decidedAfterMs),
        );
        return times === null ? [] : [[label, times]];
      }),
    ),
    liveAfterGreetingMs: distribution(
      live
        .filter(isLive)
        .map(({ recording, decidedAfterMs }) => decidedAfterMs - (recording.greeting?.endMs ?? 0)),
    ),
  };
}

/** How well the moments to leave a message, and the beeps, were found. */
export interface WaitScore {
  recordings: number;
  /** The share found within 400 ms of the labelled moment. */
  within400Ms: number | null;
  /** The number of labelled beeps of at least 180 ms, and how many of them were reported. */
  beeps: number;
  beepsFound: number;
  /** The number of beeps reported where none is labelled. */
  falseBeeps: number;
}

export function scoreWaits(outcomes: readonly Outcome[]): WaitScore {
  const waited = outcomes.filter(({ recording }) => recording.waitForMachine !== null);
  const beeps = outcomes.flatMap(({ recording, events }) =>
    recording.events.flatMap((label) =>
      label.type === 'beep' && label.endMs - label.startMs >= 180 ? [{ label, events }] : [],
    ),
  );
  return {
    recordings: waited.length,
    within400Ms: share(waited, isWaitRight),
    beeps: beeps.length,
    beepsFound: beeps.filter(({ label, events }) =>
      events.some(
        (event) =>
          event.type === 'beep' &&
          event.atMs > label.startMs &&
          event.atMs - event.durationMs - BEEP_HELD_MS < label.endMs,
      ),
    ).length,
    falseBeeps: outcomes.reduce((sum, outcome) => sum + falseBeeps(outcome), 0),
  };
}

export function isWaitRight({ recording, wait }: Outcome): boolean {
  const { trigger, atMs } = recording.waitForMachine ?? { trigger: 'none', atMs: null };
  if (trigger === 'none' || atMs === null) return wait === null;
  return wait !== null && wait.trigger === trigger && Math.abs(wait.atMs - atMs) <= 400;
}

/** The number of beeps reported where only speech, music or noise is labelled. */
function falseBeeps({ recording, events }: Outcome): number {
  if (recording.label === null) return 0;
  const tones = recording.events.filter(({ type }) => !['speech', 'music', 'click'].includes(type));
  return events.filter(
    (event) =>
      event.type === 'beep' &&
      !tones.some(
        ({ startMs, endMs }) => event.atMs > startMs && event.atMs - event.durationMs - BEEP_HELD_MS < endMs,
      ),
  ).length;
}

function byKind(scored: readonly Scored[]): Score['kinds'] {
  const kinds: Score['kinds'] = {};
  for (const item of scored) {
    const kind = kinds[item.recording.kind] ?? { recordings: 0, right: 0 };
    kind.recordings++;
    if (isRight(item)) kind.right++;
    kinds[item.recording.kind] = kind;
  }
  return Object.fromEntries(Object.entries(kinds).sort());
}

function table<T>(value: (type: FarEndType) => T): Record<FarEndType, T> {
  return Object.fromEntries(FAR_END_TYPES.map((type) => [type, value(type)])) as Record<FarEndType, T>;
}

function share<T>(items: readonly T[], is: (item: T) => boolean): number | null {
  return items.length === 0 ? null : items.filter(is).length / items.length;
}

function distribution(values: readonly number[]): Distribution | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] as number;
  return { least: at(0), p10: at(0.1), median: at(0.5), p90: at(0.9), most: at(1) };
}
