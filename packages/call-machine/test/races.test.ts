import { UNHEARD_EARLY_MEDIA } from '@outdial/contract';
import { describe, expect, it, vi } from 'vitest';
import {
  answered,
  answeredCall,
  busy,
  cancelRequested,
  claimLost,
  drainExpired,
  hungUp,
  invited,
  lost,
  mediaConnected,
  planEnded,
  released,
  requestTerminated,
  ringingCall,
  rings,
  ringsInBand,
  START,
  startCall,
  verdictReached,
  WITH_LSD,
} from './call-under-test.js';

describe('races before the answer', () => {
  it('hangs up a 200 that crosses the CANCEL at once, and the result stays TIMEOUT', () => {
    const call = ringingCall().wait(18_000);
    call.effects();
    call.wait(5).send(answered(call));
    expect(call.effects()).toEqual(['hangUpLeg']);
    expect(call.state).toBe('IDLE');
    call.send(mediaConnected, released);
    expect(call.effects()).toEqual([]);
    expect(call.done).toBe(true);
    expect(call.result).toMatchObject({ cause: 'TIMEOUT', codec: null, timeToAnswerMs: null });
    expect(call.ended).toEqual([]);
  });

  it('hangs up a 200 that crosses the CANCEL of a campaign, and the result stays CANCELLED', () => {
    const call = ringingCall().send(cancelRequested);
    call.send(answered(call), hungUp);
    expect(call.effects()).toEqual(['cancelInvite', 'publishResult', 'hangUpLeg']);
    expect(call.result).toMatchObject({ state: 'IDLE', cause: 'CANCELLED' });
    expect(call.ended).toEqual([]);
  });

  it('hangs up a 200 that crosses the CANCEL of a lost claim, and publishes nothing', () => {
    const call = ringingCall().send(claimLost);
    call.send(answered(call), released);
    expect(call.effects()).toEqual(['discard', 'cancelInvite', 'hangUpLeg']);
    expect(call.done).toBe(true);
  });

  it('is answered when the 200 comes at the very moment of the deadline, just before it', () => {
    const call = ringingCall().wait(17_999);
    call.send({ ...answered(call), at: START + 20_000 }).wait(1);
    expect(call.state).toBe('ANSWERED');
    expect(call.result).toMatchObject({ state: 'ANSWERED', timeToAnswerMs: 20_000 });
    expect(call.performed.map(({ name }) => name)).not.toContain('cancelInvite');
  });

  it('is timed out when the 200 comes at the very moment of the deadline, just after it', () => {
    const call = ringingCall().wait(18_000);
    call.send(answered(call));
    expect(call.result.cause).toBe('TIMEOUT');
    expect(call.performed.at(-1)?.name).toBe('hangUpLeg');
  });

  it('keeps the result of the deadline whatever final response follows the CANCEL', () => {
    for (const final of [requestTerminated, busy, lost, hungUp]) {
      const call = ringingCall().wait(18_000).send(final);
      expect(call.done).toBe(true);
      expect(call.result).toMatchObject({ cause: 'TIMEOUT', rawCause: { sipStatus: null } });
    }
  });

  it('takes an unasked 487 as what telephony says it is', () => {
    const call = ringingCall().send({ ...requestTerminated, cause: 'NOANSWER' });
    expect(call.result).toMatchObject({ cause: 'NOANSWER', rawCause: { sipStatus: 487 } });
  });

  it('remembers the early media of a 183 when a 180 follows', () => {
    const call = startCall()
      .send({ type: 'dial' }, invited)
      .wait(500)
      .send(ringsInBand)
      .wait(500)
      .send(rings);
    expect(call.state).toBe('RINGING');
    call.send(busy);
    expect(call.result).toMatchObject({ rang: true, earlyMedia: UNHEARD_EARLY_MEDIA, timeToRingMs: 500 });
    expect(call.paramsOf('recordRinging')).toEqual([{ sipStatus: 183, earlyMedia: true }]);
  });

  it('notes the early media of a 183 that follows a 180', () => {
    const call = startCall()
      .send({ type: 'dial' }, invited)
      .wait(500)
      .send(rings)
      .wait(500)
      .send(ringsInBand);
    call.send(busy);
    expect(call.result).toMatchObject({ rang: true, earlyMedia: UNHEARD_EARLY_MEDIA, timeToRingMs: 500 });
    expect(call.paramsOf('recordRinging')).toEqual([{ sipStatus: 180, earlyMedia: false }]);
  });

  it('cancels a call whose INVITE has not left yet, and records the INVITE if it leaves all the same', () => {
    const call = startCall().send({ type: 'dial' }, cancelRequested);
    expect(call.effects()).toEqual(['sendInvite', 'cancelInvite', 'publishResult']);
    expect(call.done).toBe(false);
    call.send(invited);
    expect(call.effects()).toEqual(['recordCalling']);
    call.send(requestTerminated);
    expect(call.done).toBe(true);
    expect(call.result).toMatchObject({ state: 'IDLE', cause: 'CANCELLED' });
  });

  it('lets the first of cancel, drain and deadline decide', () => {
    const call = ringingCall().send(cancelRequested, drainExpired).wait(30_000);
    expect(call.result).toMatchObject({ state: 'IDLE', cause: 'CANCELLED' });
  });

  it('gives a leg up that does not report its end 40 s after the CANCEL', () => {
    const call = ringingCall().send(cancelRequested);
    call.effects();
    call.wait(39_999);
    expect(call.done).toBe(false);
    call.wait(1);
    expect(call.effects()).toEqual(['giveUpLeg']);
    expect(call.done).toBe(true);
  });
});

describe('races after the answer', () => {
  it('is IDLE, NORMAL and UNKNOWN, its answer kept, when the far end hangs up before the verdict', () => {
    const call = answeredCall(WITH_LSD).wait(800).send(hungUp);
    expect(call.effects()).toEqual(['stopListening', 'publishResult', 'publishEnded']);
    expect(call.done).toBe(true);
    expect(call.result).toMatchObject({
      state: 'IDLE',
      cause: 'NORMAL',
      rawCause: { sipStatus: 200, q850: 16 },
      farEndType: 'UNKNOWN',
      verdict: { kind: 'hung_up', decidedAfterMs: 800 },
      codec: 'PCMA',
      timings: { answeredAt: START + 5000, endedAt: START + 5800 },
      timeToVerdictMs: null,
    });
    expect(call.ended).toMatchObject([{ endedBy: 'CALLEE', q850: 16, durationMs: 800 }]);
  });

  it('says what the Reason of a BYE before the verdict says', () => {
    const call = answeredCall(WITH_LSD).send({ type: 'hungUp', at: START, cause: 'OUTOFORDER', q850: 27 });
    expect(call.result).toMatchObject({ state: 'IDLE', cause: 'OUTOFORDER', rawCause: { q850: 27 } });
  });

  it('does nothing more once it is done, whatever still arrives', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const call = answeredCall(WITH_LSD).send(hungUp);
    call.effects();
    call.send(verdictReached, hungUp, planEnded, cancelRequested, claimLost, lost).wait(10_000_000);
    expect(call.effects()).toEqual([]);
    warn.mockRestore();
  });

  it('keeps our hang-up as the end when the far end hangs up at the same time', () => {
    const call = answeredCall().send(planEnded, hungUp);
    expect(call.ended).toMatchObject([{ endedBy: 'PLAN', cause: 'NORMAL', q850: null }]);
  });

  it('leaves the second dialog of a forked INVITE to telephony', () => {
    const call = answeredCall();
    call.send({ ...answered(call), stackDialogId: 'dialog-2' });
    expect(call.effects()).toEqual([]);
    call.send(planEnded, { ...answered(call), stackDialogId: 'dialog-3' });
    expect(call.effects()).toEqual(['stopPlan', 'stopListening', 'hangUpLeg']);
  });

  it('gives a leg up 40 s after the BYE, and its ended record says that the end was not confirmed', () => {
    const call = answeredCall().wait(1000).send(planEnded);
    call.effects();
    call.wait(40_000);
    expect(call.effects()).toEqual(['giveUpLeg', 'publishEnded']);
    expect(call.ended).toMatchObject([
      { endedBy: 'PLAN', cause: 'NORMAL', error: { code: 'SERVER_LOST' }, durationMs: 1000 },
    ]);
  });

  it('says in the ended record that the server was lost before it confirmed the hang-up', () => {
    const call = answeredCall().send(planEnded, lost);
    expect(call.ended).toMatchObject([{ endedBy: 'PLAN', error: { code: 'SERVER_LOST' } }]);
  });

  it('counts the 40 s again from the BYE of an answer that crossed the CANCEL', () => {
    const call = ringingCall().send(cancelRequested).wait(39_000);
    call.send(answered(call)).wait(39_000);
    expect(call.done).toBe(false);
    call.wait(1000);
    expect(call.done).toBe(true);
    expect(call.performed.at(-1)?.name).toBe('giveUpLeg');
  });

  it('never lasts less than nothing when the clocks disagree', () => {
    const call = ringingCall();
    call.send({ ...answered(call), at: START + 60_000 }, hungUp);
    expect(call.ended).toMatchObject([{ durationMs: 0 }]);
  });
});
