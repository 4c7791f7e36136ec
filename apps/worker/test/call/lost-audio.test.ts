import type { Verdict } from '@outdial/contract';
import { describe, expect, it } from 'vitest';
import { withLostAudio } from '../../src/call/lost-audio.js';

const PERSON: Verdict = {
  farEndType: 'LIVE',
  kind: 'human',
  confidence: 0.9,
  decidedAfterMs: 2000,
  evidence: '0.6 s of speech, then 0.8 s of silence',
};
const MACHINE: Verdict = {
  farEndType: 'ANSWER_MACHINE',
  kind: 'voicemail',
  confidence: 0.93,
  decidedAfterMs: 4500,
  evidence: 'still talking after 4.3 s of speech',
};
const SILENCE: Verdict = {
  farEndType: 'UNKNOWN',
  kind: 'silence',
  confidence: 0.9,
  decidedAfterMs: 5000,
  evidence: 'silence',
};

describe('a verdict on audio of which some was lost', () => {
  it('stands where less than a fifth was lost', () => {
    for (const verdict of [PERSON, MACHINE, SILENCE]) {
      expect(withLostAudio(verdict, 0)).toBe(verdict);
      expect(withLostAudio(verdict, 0.19 * verdict.decidedAfterMs)).toBe(verdict);
    }
  });

  it('is never a machine, nor silence, where a fifth was lost', () => {
    for (const verdict of [MACHINE, SILENCE]) {
      expect(withLostAudio(verdict, 0.2 * verdict.decidedAfterMs)).toEqual({
        farEndType: 'UNKNOWN',
        kind: 'undecided',
        confidence: 0.4,
        decidedAfterMs: verdict.decidedAfterMs,
        evidence: `audio was lost; of the rest: ${verdict.evidence}`,
      });
    }
  });

  it('is a person’s still, and says so', () => {
    const evidence = `audio was lost; of the rest: ${PERSON.evidence}`;
    expect(withLostAudio(PERSON, 1000)).toEqual({ ...PERSON, evidence });
    expect(withLostAudio(PERSON, null)).toEqual({ ...PERSON, evidence });
  });

  it('is not silence where nobody knows how much was lost', () => {
    expect(withLostAudio(SILENCE, null)).toMatchObject({ farEndType: 'UNKNOWN', kind: 'undecided' });
    expect(withLostAudio(MACHINE, null)).toMatchObject({ farEndType: 'ANSWER_MACHINE', kind: 'voicemail' });
  });
});
