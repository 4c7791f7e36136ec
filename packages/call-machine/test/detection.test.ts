import { describe, expect, it } from 'vitest';
import {
  answered,
  answeredCall,
  cancelRequested,
  drainExpired,
  hungUp,
  LIVE,
  LIVE_PLAN,
  lost,
  MACHINE,
  mediaConnected,
  mediaFailed,
  released,
  ringingCall,
  START,
  verdictReached,
  verdictRevised,
  WITH_LSD,
} from './call-under-test.js';

describe('an answered call with detection', () => {
  it('publishes its result at the verdict and runs the plan for it', () => {
    const call = ringingCall(WITH_LSD);
    call.send(answered(call));
    expect(call.effects()).toEqual(['recordAnswered', 'startDetector', 'connectMedia']);
    call.wait(100).send(mediaConnected);
    expect(call.effects()).toEqual([]);
    call.wait(1100).send(verdictReached);
    expect(call.effects()).toEqual(['recordVerdict', 'publishResult', 'runPlan']);
    expect(call.paramsOf('runPlan')).toEqual([LIVE_PLAN]);
    expect(call.result).toMatchObject({
      state: 'ANSWERED',
      farEndType: 'LIVE',
      verdict: LIVE,
      timeToVerdictMs: 1200,
    });
  });

  it('runs the plan for the verdict only once the media is connected', () => {
    const call = ringingCall(WITH_LSD);
    call.send(answered(call), verdictReached);
    expect(call.performed.map(({ name }) => name)).not.toContain('runPlan');
    call.send(mediaConnected);
    expect(call.paramsOf('runPlan')).toEqual([LIVE_PLAN]);
  });

  it('is UNKNOWN shortly after lsdTimeoutMilliseconds when the detector says nothing, and stays up', () => {
    const call = answeredCall(WITH_LSD).wait(5499);
    expect(call.effects()).toEqual([]);
    call.wait(1);
    expect(call.effects()).toEqual(['recordVerdict', 'publishResult', 'runPlan']);
    expect(call.result).toMatchObject({
      state: 'ANSWERED',
      cause: 'NORMAL',
      farEndType: 'UNKNOWN',
      verdict: { kind: 'undecided', decidedAfterMs: 5500 },
      timeToVerdictMs: 5500,
    });
    expect(call.state).toBe('ANSWERED');
  });

  it('leaves time for in-band ringing when the time counts from the real answer', () => {
    const call = answeredCall({ ...WITH_LSD, liveSpeakerDetect: 'TIMEOUT_FROM_ANSWER_DETECT' }).wait(30_000);
    expect(call.results).toEqual([]);
    call.send(verdictReached);
    expect(call.result).toMatchObject({ farEndType: 'LIVE', timeToVerdictMs: 30_000 });
  });

  it('records a revised verdict, which only the ended record carries', () => {
    const call = answeredCall(WITH_LSD).send(verdictReached).wait(2000).send(verdictRevised);
    expect(call.paramsOf('recordRevisedVerdict')).toEqual([{ verdict: MACHINE }]);
    call.send(hungUp);
    expect(call.result.farEndType).toBe('LIVE');
    expect(call.ended).toMatchObject([{ farEndType: 'ANSWER_MACHINE', verdict: MACHINE }]);
  });

  it('takes a verdict that comes after its time was over as a revision', () => {
    const call = answeredCall(WITH_LSD).wait(5500).send(verdictReached);
    expect(call.result.farEndType).toBe('UNKNOWN');
    expect(call.paramsOf('recordRevisedVerdict')).toEqual([{ verdict: LIVE }]);
  });

  it.each([
    ['its media fails', mediaFailed, { state: 'ERROR', cause: 'ERROR', error: { code: 'MEDIA_FAILED' } }],
    ['it is cancelled', cancelRequested, { state: 'IDLE', cause: 'CANCELLED', error: { code: 'CANCELLED' } }],
    ['the worker stops', drainExpired, { state: 'ERROR', cause: 'ERROR', error: { code: 'DRAINED' } }],
  ])('that ends before the verdict because %s gets its result at once', (_, event, result) => {
    const call = answeredCall(WITH_LSD).wait(700).send(event);
    expect(call.effects()).toEqual(['stopListening', 'publishResult', 'hangUpLeg']);
    expect(call.result).toMatchObject({ ...result, verdict: { farEndType: 'UNKNOWN', kind: 'undecided' } });
    expect(call.result.timings.answeredAt).toBe(START + 5000);
    call.send(released);
    expect(call.effects()).toEqual(['publishEnded']);
    expect(call.ended).toMatchObject([{ cause: result.cause, error: result.error, durationMs: 700 }]);
  });

  it('is an ERROR SERVER_LOST when its server is lost before the verdict', () => {
    const call = answeredCall(WITH_LSD).send(lost);
    expect(call.effects()).toEqual(['stopListening', 'publishResult', 'publishEnded']);
    expect(call.result).toMatchObject({ state: 'ERROR', error: { code: 'SERVER_LOST' } });
  });

  it('that may last less than the detector needs ends with a result and an ended record', () => {
    const call = answeredCall({ ...WITH_LSD, maxDurationSeconds: 1 })
      .wait(1000)
      .send(released);
    expect(call.result).toMatchObject({ state: 'IDLE', cause: 'NORMAL', farEndType: 'UNKNOWN' });
    expect(call.ended).toMatchObject([{ endedBy: 'MAX_DURATION', durationMs: 1000 }]);
  });
});
