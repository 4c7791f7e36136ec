import { Ears, LOOK_EVERY_MS } from '../src/ears.js';
import { HOP_MS } from '../src/frame.js';
import { nothingHeard, type Observation, observe } from '../src/observation.js';
import { judge, type PolicySettings } from '../src/policy.js';
import type { Recording } from './corpus.js';
import type { Scored } from './score.js';

/** What the ears hear of a recording up to the time limit: enough to try one policy after another on it. */
export interface Trace {
  recording: Recording;
  seen: readonly Observation[];
}

export function trace(recording: Recording, timeoutMilliseconds: number, isLevelOnly = false): Trace {
  const ears = new Ears(() => {}, isLevelOnly);
  const now = nothingHeard(ears);
  const seen: Observation[] = [];
  for (let at = 0; at < recording.samples.length; ) {
    at = ears.take(recording.samples, at);
    if (!ears.isReady) continue;
    const isLast = ears.nowMs + HOP_MS > timeoutMilliseconds;
    if (!isLast && ears.nowMs % LOOK_EVERY_MS !== 0) continue;
    observe(ears, isLast, now);
    seen.push({ ...now, heard: { ...now.heard } });
    if (isLast) break;
  }
  return { recording, seen };
}

/** The verdict that a policy gives on what was heard. */
export function verdictOn({ recording, seen }: Trace, policy: PolicySettings): Scored {
  for (const observation of seen) {
    const judgement = judge(observation, policy);
    if (judgement !== null)
      return { recording, farEndType: judgement.farEndType, decidedAfterMs: observation.nowMs };
  }
  return { recording, farEndType: 'UNKNOWN', decidedAfterMs: seen.at(-1)?.nowMs ?? 0 };
}
