import { callResultSchema } from '@outdial/contract';
import { describe, expect, it } from 'vitest';
import { endingOf, failedBeforeInvite, outcomeOf } from '../src/outcome.js';
import { toResult } from '../src/records.js';
import { BLANK_TRACE } from '../src/trace.js';
import { busy, drainExpired, IDENTITY, lost, ringingCall, START, startCall } from './call-under-test.js';

describe('records', () => {
  it('carry the time of enqueueing with the times of the call', () => {
    const call = ringingCall().send(busy);
    const [outcome] = call.paramsOf('publishResult');
    if (outcome === undefined) throw new Error('no outcome');
    const result = toResult(outcome, { ...IDENTITY, enqueuedAt: START - 1000 });
    expect(callResultSchema.parse(result)).toEqual(result);
    expect(result.timings).toEqual({
      enqueuedAt: START - 1000,
      callingAt: START,
      ringingAt: START + 2000,
      endedAt: START + 2000,
    });
  });

  it('can be told of a call that another worker settles, from what is known of it', () => {
    const error = { code: 'WORKER_LOST', message: 'worker-1 is gone' };
    const outcome = outcomeOf({
      ...BLANK_TRACE,
      rang: true,
      timings: { callingAt: START, ringingAt: START + 700 },
      ending: { by: 'WORKER_LOST', cause: 'ERROR', q850: null, error },
    });
    expect(outcome).toMatchObject({ state: 'ERROR', cause: 'ERROR', rang: true, error, timeToRingMs: 700 });
  });

  it('refuses an ended record of a call that was not answered or is not over', () => {
    const answered = { ...BLANK_TRACE, timings: { answeredAt: START } };
    const ending = { by: 'PLAN', cause: 'NORMAL', q850: null, error: null } as const;
    expect(() => endingOf(answered)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(() => endingOf({ ...BLANK_TRACE, ending })).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
});

describe('a failure before the INVITE left', () => {
  const error = { code: 'NO_FREESWITCH', message: 'no endpoint' };
  const noEndpoint = { ...busy, cause: 'ERROR', error } as const;

  it('is told apart, so that the job can be tried again', () => {
    const [outcome] = startCall().send({ type: 'dial' }, noEndpoint).paramsOf('publishResult');
    expect(outcome).toMatchObject({ state: 'ERROR', error, timings: { endedAt: START } });
    expect(outcome && failedBeforeInvite(outcome)).toBe(true);
  });

  it.each([
    [
      'the INVITE had left',
      () => startCall().send({ type: 'dial' }, { type: 'invited', stackTxnId: 't' }, noEndpoint),
    ],
    ['the server was lost, and may have sent it', () => startCall().send({ type: 'dial' }, lost)],
    ['the worker stopped while it was leaving', () => startCall().send({ type: 'dial' }, drainExpired)],
    ['the callee was busy', () => ringingCall().send(busy)],
  ])('is not claimed when %s', (_, live) => {
    const [outcome] = live().paramsOf('publishResult');
    expect(outcome && failedBeforeInvite(outcome)).toBe(false);
  });
});
