import { AudioAnalyser, DECISION_INTERVAL_MS } from '../src/audio/audio-analyser.js';
import { HOP_MS } from '../src/audio/frame.js';
import { type DecisionThresholds, decide } from '../src/verdict/decision-rules.js';
import { emptyObservation, type Observation, observe } from '../src/verdict/observation.js';
import type { Recording } from './corpus.js';
import type { Scored } from './score.js';

/** The observations of a recording up to the time limit: enough to try different thresholds. */
export interface Trace {
  recording: Recording;
  observations: readonly Observation[];
}

/** @param isLevelOnly treat every loud sound as speech, without the net */
export function trace(recording: Recording, timeoutMilliseconds: number, isLevelOnly = false): Trace {
  const audio = new AudioAnalyser(() => {}, isLevelOnly);
  const now = emptyObservation(audio);
  const observations: Observation[] = [];
  for (let at = 0; at < recording.samples.length; ) {
    at = audio.take(recording.samples, at);
    if (!audio.isReady) continue;
    const isLast = audio.nowMs + HOP_MS > timeoutMilliseconds;
    if (!isLast && audio.nowMs % DECISION_INTERVAL_MS !== 0) continue;
    observe(audio, isLast, now);
    observations.push({ ...now, signals: { ...now.signals } });
    if (isLast) break;
  }
  return { recording, observations };
}

/** The verdict that the thresholds give. */
export function verdictOn({ recording, observations }: Trace, thresholds: DecisionThresholds): Scored {
  for (const observation of observations) {
    const decision = decide(observation, thresholds);
    if (decision !== null)
      return { recording, farEndType: decision.farEndType, decidedAfterMs: observation.nowMs };
  }
  return { recording, farEndType: 'UNKNOWN', decidedAfterMs: observations.at(-1)?.nowMs ?? 0 };
}
