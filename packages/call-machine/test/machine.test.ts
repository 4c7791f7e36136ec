import { describe, expect, it } from 'vitest';
import {
  answered,
  answeredCall,
  busy,
  cancelRequested,
  claimLost,
  drainExpired,
  hungUp,
  invited,
  LIVE_PLAN,
  lost,
  mediaConnected,
  mediaFailed,
  planEnded,
  released,
  ringingCall,
  rings,
  START,
  silenceReached,
  startCall,
  TERMS,
  trying,
  WITH_LSD,
  waitEnded,
  waitRequested,
} from './call-under-test.js';

describe('a call that is not answered', () => {
  it('goes from IDLE by CALLING and RINGING back to IDLE with the cause that the far end gave', () => {
    const call = startCall();
    expect(call.state).toBe('IDLE');
    call.send({ type: 'dial' });
    expect(call.state).toBe('CALLING');
    call.send(invited, trying);
    expect(call.state).toBe('CALLING');
    call.wait(1000).send(rings);
    expect(call.state).toBe('RINGING');
    call.wait(500).send(busy);
    expect(call.state).toBe('IDLE');
    expect(call.done).toBe(true);
    expect(call.effects()).toEqual(['sendInvite', 'recordCalling', 'recordRinging', 'publishResult']);
    expect(call.result).toMatchObject({
      state: 'IDLE',
      cause: 'BUSY',
      rawCause: { sipStatus: 486, sipReason: 'Busy Here', q850: 17 },
      rang: true,
      earlyMedia: null,
      farEndType: 'UNKNOWN',
      verdict: null,
      codec: null,
      error: null,
      timings: { callingAt: START, ringingAt: START + 1000, endedAt: START + 1500 },
      timeToRingMs: 1000,
      timeToAnswerMs: null,
      metadata: { campaign: 'spring' },
    });
  });

  it('is cancelled at secondsTimeout from the INVITE, and its result is published at that very moment', () => {
    const call = ringingCall();
    call.wait(17_999);
    expect(call.effects()).toEqual([]);
    call.wait(1);
    expect(call.effects()).toEqual(['cancelInvite', 'publishResult']);
    expect(call.state).toBe('IDLE');
    expect(call.result).toMatchObject({ state: 'IDLE', cause: 'TIMEOUT', rang: true, error: null });
    expect(call.result.timings.endedAt).toBe(START + 20_000);
    expect(call.done).toBe(false);
    call.send(released);
    expect(call.done).toBe(true);
    expect(call.effects()).toEqual([]);
  });

  it('has not rung when its time is over before any ringing', () => {
    const call = startCall().send({ type: 'dial' }, invited, trying).wait(20_000);
    expect(call.result).toMatchObject({ cause: 'TIMEOUT', rang: false, timeToRingMs: null });
  });

  it('rings as long as it rings when secondsTimeout is null', () => {
    const call = ringingCall({ ...TERMS, secondsTimeout: null }).wait(30 * 24 * 3600 * 1000);
    expect(call.state).toBe('RINGING');
    expect(call.performed.map(({ name }) => name)).not.toContain('cancelInvite');
  });

  it('ends as CANCELLED when it is cancelled, and as DRAINED when the worker stops', () => {
    const cancelled = ringingCall().send(cancelRequested);
    expect(cancelled.effects()).toEqual(['cancelInvite', 'publishResult']);
    expect(cancelled.result).toMatchObject({
      state: 'IDLE',
      cause: 'CANCELLED',
      error: { code: 'CANCELLED' },
    });

    const drained = ringingCall().send(drainExpired);
    expect(drained.effects()).toEqual(['cancelInvite', 'publishResult']);
    expect(drained.result).toMatchObject({ state: 'ERROR', cause: 'ERROR', error: { code: 'DRAINED' } });
    expect(drained.state).toBe('ERROR');
  });

  it('is an ERROR when our side is at fault, with the code that telephony gave', () => {
    const error = { code: 'TRUNK_AUTHENTICATION', message: 'refused' };
    const rawCause = { sipStatus: 407, sipReason: 'Proxy Authentication Required', q850: null };
    const call = ringingCall().send({ type: 'rejected', at: START, cause: 'ERROR', rawCause, error });
    expect(call.result).toMatchObject({ state: 'ERROR', cause: 'ERROR', rawCause, error });
  });

  it('is an ERROR SERVER_LOST when its server is lost', () => {
    const call = ringingCall().send(lost);
    expect(call.done).toBe(true);
    expect(call.result).toMatchObject({
      state: 'ERROR',
      cause: 'ERROR',
      rang: true,
      error: { code: 'SERVER_LOST', message: 'drachtio at 127.0.0.1:9022 was lost' },
    });
  });

  it('is an ERROR MEDIA_LOST when its media thread is lost', () => {
    const call = ringingCall().send({ type: 'lost', part: 'media', address: '', at: START });
    expect(call.result).toMatchObject({ state: 'ERROR', error: { code: 'MEDIA_LOST' } });
    const answered = answeredCall().send({ type: 'lost', part: 'media', address: '', at: START });
    expect(answered.ended).toMatchObject([{ endedBy: 'MEDIA_LOST', error: { code: 'MEDIA_LOST' } }]);
  });

  it('is given up as lost when its INVITE never leaves', () => {
    const call = startCall().send({ type: 'dial' }).wait(15_000);
    expect(call.effects()).toEqual(['sendInvite', 'cancelInvite', 'publishResult']);
    expect(call.result.error?.code).toBe('SERVER_LOST');
  });

  it('is never dialled when it is cancelled, drained or taken away before', () => {
    const cancelled = startCall().send(cancelRequested);
    expect(cancelled.effects()).toEqual(['publishResult']);
    expect(cancelled.result).toMatchObject({
      state: 'IDLE',
      cause: 'CANCELLED',
      timings: { endedAt: START },
    });

    const drained = startCall().send(drainExpired);
    expect(drained.performed).toEqual([
      { name: 'returnJob', params: { error: expect.objectContaining({ code: 'DRAINED' }) } },
    ]);

    const taken = startCall().send(claimLost);
    expect(taken.performed).toEqual([{ name: 'discard', params: undefined }]);
    for (const call of [cancelled, drained, taken]) expect(call.done).toBe(true);
  });

  it('keeps its deadline when the INVITE is re-sent with credentials, and records the new transaction', () => {
    const call = startCall().send({ type: 'dial' }, invited).wait(5000);
    call.send({ type: 'invited', at: START, stackTxnId: 'txn-2' });
    expect(call.paramsOf('recordCalling')).toEqual([{ stackTxnId: 'txn-1' }, { stackTxnId: 'txn-2' }]);
    call.wait(15_000);
    expect(call.result).toMatchObject({ cause: 'TIMEOUT', timings: { callingAt: START } });
  });
});

describe('an answered call without detection', () => {
  it('publishes its result at the answer and runs the plan once its media is connected', () => {
    const call = ringingCall().wait(3000);
    call.send(answered(call));
    expect(call.state).toBe('ANSWERED');
    expect(call.effects()).toEqual(['recordAnswered', 'publishResult', 'connectMedia']);
    expect(call.result).toMatchObject({
      state: 'ANSWERED',
      cause: 'NORMAL',
      rawCause: { sipStatus: 200, sipReason: 'OK', q850: null },
      codec: 'PCMA',
      farEndType: 'UNKNOWN',
      verdict: null,
      timeToAnswerMs: 5000,
    });
    expect(call.result.timings).not.toHaveProperty('endedAt');
    call.wait(100).send(mediaConnected);
    expect(call.performed.at(-1)).toEqual({ name: 'runPlan', params: LIVE_PLAN });
  });

  it.each([
    ['the plan ends', planEnded, { cause: 'NORMAL', endedBy: 'PLAN', error: null }],
    [
      'it is cancelled',
      cancelRequested,
      { cause: 'CANCELLED', endedBy: 'CANCELLED', error: { code: 'CANCELLED' } },
    ],
    [
      'its callee falls silent',
      silenceReached,
      { cause: 'FAILED', endedBy: 'SILENCE', error: { code: 'CALLEE_SILENT' } },
    ],
    ['the worker stops', drainExpired, { cause: 'ERROR', endedBy: 'DRAIN', error: { code: 'DRAINED' } }],
    [
      'its media fails',
      mediaFailed,
      { cause: 'ERROR', endedBy: 'MEDIA_FAILED', error: { code: 'MEDIA_FAILED' } },
    ],
  ])('is hung up when %s, and its ended record follows when the leg is released', (_, event, ended) => {
    const call = answeredCall().wait(10_000).send(event);
    expect(call.effects()).toEqual(['stopPlan', 'stopListening', 'hangUpLeg']);
    expect(call.state).toBe(ended.cause === 'ERROR' ? 'ERROR' : 'IDLE');
    call.wait(30).send(released);
    expect(call.effects()).toEqual(['publishEnded']);
    expect(call.ended).toMatchObject([{ ...ended, durationMs: 10_000 }]);
    expect(call.done).toBe(true);
  });

  it('ends with the far end, whose Reason is told', () => {
    const call = answeredCall().wait(1500).send({ type: 'hungUp', at: START, cause: 'CONGESTION', q850: 42 });
    expect(call.effects()).toEqual(['stopPlan', 'stopListening', 'publishEnded']);
    expect(call.ended).toMatchObject([
      { cause: 'CONGESTION', q850: 42, endedBy: 'CALLEE', error: null, durationMs: 1500 },
    ]);
    expect(call.done).toBe(true);
  });

  it('ends as SERVER_LOST, said by the ended record, when its server is lost', () => {
    const call = answeredCall().wait(1000).send(lost);
    expect(call.ended).toMatchObject([
      { cause: 'ERROR', endedBy: 'SERVER_LOST', error: { code: 'SERVER_LOST' }, durationMs: 1000 },
    ]);
    expect(call.result.state).toBe('ANSWERED');
  });

  it('is hung up after maxDurationSeconds, counted from the answer', () => {
    const call = answeredCall({ ...TERMS, maxDurationSeconds: 60 }).wait(59_999);
    expect(call.effects()).toEqual([]);
    call.wait(1).send(released);
    expect(call.ended).toMatchObject([{ cause: 'NORMAL', endedBy: 'MAX_DURATION', durationMs: 60_000 }]);
  });

  it('is hung up when no media is connected within 5 s of the answer', () => {
    const call = ringingCall();
    call.send(answered(call)).wait(5000);
    expect(call.performed.at(-1)?.name).toBe('hangUpLeg');
    expect(call.performed.map(({ name }) => name)).not.toContain('runPlan');
    call.send(released);
    expect(call.ended).toMatchObject([{ endedBy: 'MEDIA_FAILED', error: { code: 'MEDIA_FAILED' } }]);
  });
});

describe('a wait for the moment to speak', () => {
  it('is started as often as it is asked for, with or without detection, and its end is recorded', () => {
    for (const terms of [TERMS, WITH_LSD]) {
      const call = answeredCall(terms).send(waitRequested, waitRequested, waitEnded);
      expect(call.effects()).toEqual(['startWait', 'startWait', 'recordWaitEnded']);
      expect(call.paramsOf('startWait')[0]).toEqual({
        waitId: 'wait-1',
        parameters: waitRequested.parameters,
      });
      expect(call.paramsOf('recordWaitEnded')).toEqual([{ waitId: 'wait-1', outcome: waitEnded.outcome }]);
      expect(call.state).toBe('ANSWERED');
    }
  });

  it('is of no account once the call is being hung up', () => {
    const call = answeredCall().send(cancelRequested);
    call.effects();
    expect(call.send(waitRequested, waitEnded).effects()).toEqual([]);
  });
});

describe('a call whose claim is lost', () => {
  it('is cancelled, publishes nothing, and ends when its leg does', () => {
    const call = ringingCall().send(claimLost);
    expect(call.effects()).toEqual(['discard', 'cancelInvite']);
    call.send(released);
    expect(call.effects()).toEqual([]);
    expect(call.done).toBe(true);
  });

  it('is hung up when it was answered, its detector and plan stopped', () => {
    const listening = answeredCall(WITH_LSD).send(claimLost);
    expect(listening.effects()).toEqual(['stopListening', 'discard', 'hangUpLeg']);
    const talking = answeredCall().send(claimLost);
    expect(talking.effects()).toEqual(['stopPlan', 'stopListening', 'discard', 'hangUpLeg']);
    expect(talking.send(hungUp).effects()).toEqual([]);
  });

  it('owes no ended record when it is lost while it is being hung up', () => {
    const call = answeredCall().send(planEnded, claimLost, released);
    expect(call.effects()).toEqual(['stopPlan', 'stopListening', 'hangUpLeg', 'discard']);
    expect(call.done).toBe(true);
  });
});
