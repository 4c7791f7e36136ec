import type { Verdict } from '@outdial/contract';
import { type LsdEvent, SpeakerDetector, type WaitOutcome } from '../src/index.js';
import { type AmdResult, asteriskAmd } from './asterisk-amd.js';
import type { Recording } from './corpus.js';

/** Samples of a packet of 20 ms, as in a call. */
const PACKET = 160;

/** The results of the detector and the baseline for one recording. */
export interface Outcome {
  recording: Recording;
  /** The first verdict, which a campaign acts on. */
  verdict: Verdict;
  /** The last verdict, when it was revised. */
  revised: Verdict | null;
  events: readonly LsdEvent[];
  /** The outcome of a wait from the answer on without a time limit; null when its condition was never met. */
  wait: WaitOutcome | null;
  amd: AmdResult;
  /** CPU time of the detector in seconds. */
  cpuSeconds: number;
}

/** Runs the detector on a recording, packet by packet. */
export function measure(recording: Recording, timeoutMilliseconds: number): Outcome {
  const events: LsdEvent[] = [];
  const { samples } = recording;
  const before = process.cpuUsage();
  const detector = new SpeakerDetector({
    mode: 'DEFAULT',
    timeoutMilliseconds,
    onEvent: (event) => events.push(event),
  });
  const waiter = detector.waitForAnswerMachine({ secondsTimeout: null }, () => {});
  for (let at = 0; at < samples.length; at += PACKET) detector.push(samples.subarray(at, at + PACKET));
  const last = detector.end();
  const { user, system } = process.cpuUsage(before);
  const verdict = events.flatMap((event) => (event.type === 'verdict' ? [event.verdict] : []))[0] ?? last;
  return {
    recording,
    verdict,
    revised: last === verdict ? null : last,
    events,
    wait: waiter.outcome,
    amd: asteriskAmd(samples),
    cpuSeconds: (user + system) / 1e6,
  };
}
