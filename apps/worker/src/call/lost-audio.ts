import type { Verdict } from '@outdial/contract';

/** Of audio of which so much was lost, the pieces of a word can seem to be a greeting that goes on. */
const MUCH = 0.2;
/** The confidence of a verdict that is not known. */
const UNDECIDED = 0.4;

/**
 * A verdict on audio of which `lostMs` were lost, in milliseconds; null: some was, and nobody knows how much. What was lost is not
 * silence, since the callee may have spoken; and nobody is taken for a machine by what was left.
 */
export function withLostAudio(verdict: Verdict, lostMs: number | null): Verdict {
  const { farEndType, kind, decidedAfterMs } = verdict;
  if (lostMs !== null && lostMs < MUCH * decidedAfterMs) return verdict;
  const evidence = `audio was lost; of the rest: ${verdict.evidence}`;
  if (kind !== 'silence' && (farEndType !== 'ANSWER_MACHINE' || lostMs === null))
    return { ...verdict, evidence };
  const confidence = Math.min(verdict.confidence, UNDECIDED);
  return { ...verdict, farEndType: 'UNKNOWN', kind: 'undecided', confidence, evidence };
}
