import { DEFAULT_THRESHOLDS } from '../src/verdict/decision-rules.js';
import type { Observation } from '../src/verdict/observation.js';
import { score } from './score.js';
import { type Trace, verdictOn } from './trace.js';

type Ablation = (observation: Observation) => Observation;

/** Each leaves out one kind of evidence. */
const ABLATIONS: Record<string, Ablation> = {
  'all evidence': (observation) => observation,
  'without beeps': (observation) => ({
    ...observation,
    isTonePending: false,
    signals: { ...observation.signals, beep: false },
  }),
  'without fax tones': (observation) => ({
    ...observation,
    signals: { ...observation.signals, ced: false, cng: false, v21: false },
  }),
  'without special information tones': (observation) => ({
    ...observation,
    signals: { ...observation.signals, sit: false },
  }),
  'without busy tones': (observation) => ({
    ...observation,
    signals: { ...observation.signals, busy: false, congestion: false },
  }),
  'without other loud sound': (observation) => ({ ...observation, otherSoundMs: 0 }),
  'without repetition': (observation) => ({ ...observation, isRepeated: false }),
  'without sound not classified yet': (observation) => ({ ...observation, isSounding: false }),
};

/**
 * One line per ablation: accuracy, live called machine and machine called live in per cent, and the median
 * time of LIVE.
 */
export function formatAblations(traces: readonly Trace[], levelOnly: readonly Trace[]): string {
  return [
    ...Object.entries(ABLATIONS).map(([name, without]) =>
      line(
        name,
        traces.map((trace) => ({ ...trace, observations: trace.observations.map(without) })),
      ),
    ),
    line('without the net, by level alone', levelOnly),
  ].join('\n');
}

function line(name: string, traces: readonly Trace[]): string {
  const percent = (value: number | null) => (100 * (value ?? 0)).toFixed(1).padStart(8);
  const { accuracy, liveCalledMachine, machineCalledLive, decidedAfterMs } = score(
    traces.map((trace) => verdictOn(trace, DEFAULT_THRESHOLDS)),
  );
  const shares = [accuracy, liveCalledMachine, machineCalledLive].map(percent).join('');
  return `${name.padEnd(36)}${shares}${`${decidedAfterMs.LIVE?.median ?? '-'} ms`.padStart(10)}`;
}
