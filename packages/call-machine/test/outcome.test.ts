import { describe, expect, it } from 'vitest';
import { endingOf } from '../src/outcome.js';
import { BLANK_TRACE } from '../src/trace.js';
import {
  busy,
  drainExpired,
  lost,
  rejectedUnsent,
  ringingCall,
  START,
  startCall,
} from './call-under-test.js';

describe('an ended record', () => {
  it('is refused of a call that was not answered or is not over', () => {
    const answered = { ...BLANK_TRACE, timings: { answeredAt: START } };
    const ending = { by: 'PLAN', cause: 'NORMAL', q850: null, error: null } as const;
    expect(() => endingOf(answered)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(() => endingOf({ ...BLANK_TRACE, ending })).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
});

describe('a failure before the INVITE left', () => {
  it('returns the job with the error and publishes nothing', () => {
    const call = startCall().send({ type: 'dial' }, rejectedUnsent);
    expect(call.effects()).toEqual(['sendInvite', 'returnJob']);
    expect(call.paramsOf('returnJob')).toEqual([{ error: rejectedUnsent.error }]);
    expect(call.done).toBe(true);
  });

  it.each([
    [
      'the INVITE had left',
      () =>
        startCall().send({ type: 'dial' }, { type: 'invited', at: START, stackTxnId: 't' }, rejectedUnsent),
    ],
    ['the server was lost, and may have sent it', () => startCall().send({ type: 'dial' }, lost)],
    ['the worker stopped while it was leaving', () => startCall().send({ type: 'dial' }, drainExpired)],
    ['the callee was busy', () => ringingCall().send(busy)],
  ])('is not claimed when %s', (_, live) => {
    const call = live();
    expect(call.paramsOf('returnJob')).toEqual([]);
    expect(call.results).toHaveLength(1);
  });
});
