import type { Observation } from '../src/observation.js';
import { POLICY } from '../src/policy.js';
import { score } from './score.js';
import { type Trace, verdictOn } from './trace.js';

type Without = (seen: Observation) => Observation;

/** The detector with one kind of evidence left out at a time. */
const ABLATIONS: Record<string, Without> = {
  'all evidence': (seen) => seen,
  'without beeps': (seen) => ({ ...seen, isTonePending: false, heard: { ...seen.heard, beep: false } }),
  'without fax tones': (seen) => ({ ...seen, heard: { ...seen.heard, ced: false, cng: false, v21: false } }),
  'without special information tones': (seen) => ({ ...seen, heard: { ...seen.heard, sit: false } }),
  'without busy tones': (seen) => ({ ...seen, heard: { ...seen.heard, busy: false } }),
  'without other loud sound': (seen) => ({ ...seen, rivalMs: 0 }),
  'without what is said again': (seen) => ({ ...seen, isSaidAgain: false }),
  'without what is not judged yet': (seen) => ({ ...seen, isSounding: false }),
};

/** A line for each: accuracy, live called machine and machine called live in per cent, and the median of LIVE after the answer. */
export function formatAblations(traces: readonly Trace[], levelOnly: readonly Trace[]): string {
  return [
    ...Object.entries(ABLATIONS).map(([name, without]) =>
      line(
        name,
        traces.map((trace) => ({ ...trace, seen: trace.seen.map(without) })),
      ),
    ),
    line('without the net, by level alone', levelOnly),
  ].join('\n');
}

function line(name: string, traces: readonly Trace[]): string {
  const percent = (value: number | null) => (100 * (value ?? 0)).toFixed(1).padStart(8);
  const { accuracy, liveCalledMachine, machineCalledLive, decidedAfterMs } = score(
    traces.map((trace) => verdictOn(trace, POLICY)),
  );
  const shares = [accuracy, liveCalledMachine, machineCalledLive].map(percent).join('');
  return `${name.padEnd(36)}${shares}${`${decidedAfterMs.LIVE?.median ?? '-'} ms`.padStart(10)}`;
}
