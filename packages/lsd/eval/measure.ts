import type { Verdict } from '@outdial/contract';
import { type LsdEvent, SpeakerDetector, type WaitOutcome } from '../src/index.js';
import { type AmdResult, asteriskAmd } from './asterisk-amd.js';
import type { Recording } from './corpus.js';

/** Samples of a packet of 20 ms: how a call delivers its audio. */
const PACKET = 160;

/** What the detectors made of one recording. */
export interface Outcome {
  recording: Recording;
  /** The first verdict: what a campaign acts on. */
  verdict: Verdict;
  /** The last one, when it was revised. */
  revised: Verdict | null;
  events: readonly LsdEvent[];
  /** When the rule of `waitForAnswerMachine` was met, waiting from the answer without a time limit. */
  wait: WaitOutcome | null;
  amd: AmdResult;
  /** CPU seconds that the detector took. */
  cpuSeconds: number;
}

/** Plays a recording to a detector, packet by packet. */
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
