import { describe, expect, it } from 'vitest';
import {
  buildEndedRecord,
  buildResult,
  CANCELLED,
  callIdentity,
  callResultSchema,
  endedEvent,
  endedRecordOf,
  endedRecordSchema,
  failedOutcome,
  resultEvent,
  type Verdict,
} from '../src/index.js';

const AT = 1_700_000_000_000;
const JOB = { id: 'job-1', callTo: 'sip:human@lab', lane: 'default', metadata: { campaign: 'spring' } };
const IDENTITY = callIdentity(JOB, 'worker-1', { callId: 'call-1' });
const LIVE: Verdict = {
  farEndType: 'LIVE',
  kind: 'human',
  confidence: 0.9,
  decidedAfterMs: 1200,
  evidence: 'speech',
};

describe('a result', () => {
  it('of a job that nothing is known of is IDLE, NORMAL and never dialled', () => {
    const result = buildResult(callIdentity(JOB, 'worker-1'));
    expect(callResultSchema.parse(result)).toEqual(result);
    expect(result).toMatchObject({ state: 'IDLE', cause: 'NORMAL', callId: null, timings: {}, error: null });
  });

  it('has its spans from the timings, and its far-end type from the verdict', () => {
    const timings = { callingAt: AT, ringingAt: AT + 700, answeredAt: AT + 5000, verdictAt: AT + 6200 };
    const result = buildResult(IDENTITY, { state: 'ANSWERED', verdict: LIVE, timings });
    expect(result).toMatchObject({
      farEndType: 'LIVE',
      timeToRingMs: 700,
      timeToAnswerMs: 5000,
      timeToVerdictMs: 1200,
    });
  });

  it('never has a negative span: two clocks may disagree', () => {
    expect(buildResult(IDENTITY, { timings: { callingAt: AT, ringingAt: AT - 3 } }).timeToRingMs).toBe(0);
  });

  it('of a failure of ours is an ERROR', () => {
    const error = { code: 'WORKER_LOST', message: 'worker-1 was lost' };
    expect(buildResult(IDENTITY, failedOutcome(error))).toMatchObject({
      state: 'ERROR',
      cause: 'ERROR',
      error,
    });
    expect(failedOutcome(CANCELLED)).toEqual({ state: 'IDLE', cause: 'CANCELLED', error: CANCELLED });
    expect(failedOutcome(null)).toEqual({ state: 'IDLE', cause: 'NORMAL', error: null });
  });

  it('takes nothing from its identity but who it is', () => {
    const widened = { ...IDENTITY, enqueuedAt: AT };
    expect(buildResult(widened)).not.toHaveProperty('enqueuedAt');
  });
});

describe('an ended record', () => {
  it('lasts from the answer to the end', () => {
    const timings = { answeredAt: AT, endedAt: AT + 9000 };
    const ended = buildEndedRecord(IDENTITY, { endedBy: 'PLAN', timings });
    expect(endedRecordSchema.parse(ended)).toEqual(ended);
    expect(ended).toMatchObject({ cause: 'NORMAL', durationMs: 9000, farEndType: 'UNKNOWN' });
  });

  it('of a result keeps who it is, what answered and when', () => {
    const result = buildResult(IDENTITY, { state: 'ANSWERED', verdict: LIVE, timings: { answeredAt: AT } });
    const ended = endedRecordOf(result, { endedBy: 'CALLEE', endedAt: AT + 500, q850: 16 });
    expect(ended).toMatchObject({ ...IDENTITY, farEndType: 'LIVE', durationMs: 500, q850: 16 });
  });
});

describe('the events of outcomes', () => {
  it('carry the identity of what they tell of', () => {
    const result = buildResult(IDENTITY, { timings: { answeredAt: AT } });
    const common = {
      jobId: 'job-1',
      callId: 'call-1',
      lane: 'default',
      label: null,
      workerId: 'worker-1',
      at: AT,
    };
    expect(resultEvent(result, AT)).toEqual({ ...common, type: 'result', result });
    const ended = endedRecordOf(result, { endedBy: 'PLAN', endedAt: AT });
    expect(endedEvent(ended, AT)).toEqual({ ...common, type: 'ended', ended });
  });
});
