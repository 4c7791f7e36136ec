import type { Cause } from '@outdial/contract';
import { describe, expect, it } from 'vitest';
import { classifyBye, classifyResponse, type FinalResponse, parseQ850 } from '../../src/sip/cause.js';

function reject(status: number, more: Partial<FinalResponse> = {}, rang = false) {
  return classifyResponse(
    { status, reason: 'Reason Phrase', isLocal: false, ...more },
    { rang, wereCredentialsSent: false, wasSecured: false, overrides: {} },
  );
}

const Q850 = (value: number) => ({ reasonHeader: `Q.850;cause=${value}` });
const LOCAL = { isLocal: true };
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Every row of both tables: what comes, and what it means. */
const ROWS: ReadonlyArray<
  readonly [statuses: number | number[], more: Partial<FinalResponse>, cause: Cause]
> = [
  [[300, 302, 305, 380], {}, 'OTHER'],
  [[301, 410], {}, 'CHANGED'],
  [[401, 407], {}, 'ERROR'],
  [[402, 428, 429, 436, 437, 438], {}, 'ERROR'],
  [403, {}, 'BARRED'],
  [[404, 484, 485, 604], {}, 'UNOBTAINABLE'],
  [[408, 480], {}, 'NOANSWER'],
  [[408, 503], LOCAL, 'FAILED'],
  [[486, 600], {}, 'BUSY'],
  [[488, 606], {}, 'FAILED'],
  [[500, 504, 400, 405, 406, 413, 414, 415, 416, 420, 421, 423, 481, 482, 483, 491, 493], {}, 'FAILED'],
  [[501, 505, 513, 580, 599], {}, 'FAILED'],
  [502, {}, 'OUTOFORDER'],
  [503, {}, 'CONGESTION'],
  [[603, 601, 602, 605, 609, 699], {}, 'REJECTED'],
  [[607, 608], {}, 'REJECTED'],
  // The Q.850 table, in a response whose status says something else.
  ...[1, 2, 3, 5, 28].map((value) => [500, Q850(value), 'UNOBTAINABLE'] as const),
  [480, Q850(17), 'BUSY'],
  ...[18, 19].map((value) => [500, Q850(value), 'NOANSWER'] as const),
  ...[20, 27].map((value) => [500, Q850(value), 'OUTOFORDER'] as const),
  [480, Q850(21), 'REJECTED'],
  ...[22, 23].map((value) => [404, Q850(value), 'CHANGED'] as const),
  ...[34, 44, 58].map((value) => [503, Q850(value), 'NOCHANNELS'] as const),
  ...[42, 47].map((value) => [500, Q850(value), 'CONGESTION'] as const),
  ...[52, 53, 54, 55, 57, 87].map((value) => [500, Q850(value), 'BARRED'] as const),
  ...[25, 29, 38, 41, 111].map((value) => [486, Q850(value), 'FAILED'] as const),
  ...range(63, 102)
    .filter((value) => value !== 87)
    .map((value) => [486, Q850(value), 'FAILED'] as const),
  // Too vague to override a status of 400 or above.
  ...[0, 16, 31, 127].map((value) => [486, Q850(value), 'BUSY'] as const),
  // Below 400 they do override.
  [302, Q850(16), 'NORMAL'],
  [302, Q850(31), 'OTHER'],
  [302, Q850(127), 'FAILED'],
  // A value that no table names says nothing.
  ...[4, 30, 50, 110].map((value) => [486, Q850(value), 'BUSY'] as const),
  // Never for what the callee or its analytics said for certain.
  [[607, 608], Q850(17), 'REJECTED'],
  // What our own stack made up carries no Reason of the network's.
  [503, { ...LOCAL, ...Q850(17) }, 'FAILED'],
];

describe('the cause of a call that was not answered', () => {
  it.each(
    ROWS.flatMap(([statuses, more, cause]) => [statuses].flat().map((status) => [status, more, cause])),
  )('reads %i with %o as %s', (status, more, cause) => {
    expect(reject(status as number, more as Partial<FinalResponse>).cause).toBe(cause);
  });

  it('takes a 487 without a CANCEL for no answer if it rang, else for other', () => {
    expect(reject(487, {}, true).cause).toBe('NOANSWER');
    expect(reject(487, {}, false).cause).toBe('OTHER');
  });

  it('lets a trunk override a status, and a Q.850 value override both', () => {
    const overrides = { 403: 'NOCHANNELS' } as const;
    const response = { status: 403, reason: null, isLocal: false };
    expect(
      classifyResponse(response, { rang: false, wereCredentialsSent: false, wasSecured: false, overrides })
        .cause,
    ).toBe('NOCHANNELS');
    expect(
      classifyResponse(
        { ...response, ...Q850(17) },
        { rang: false, wereCredentialsSent: false, wasSecured: false, overrides },
      ).cause,
    ).toBe('BUSY');
  });

  it('keeps status, phrase and Q.850 value even when they decided nothing', () => {
    expect(reject(486, Q850(16)).rawCause).toEqual({ sipStatus: 486, sipReason: 'Reason Phrase', q850: 16 });
  });

  it('reports no status when none came from the network', () => {
    expect(reject(408, LOCAL).rawCause).toEqual({ sipStatus: null, sipReason: 'no response', q850: null });
    expect(reject(503, LOCAL).rawCause.sipStatus).toBeNull();
  });

  it.each([700, 799, 1000])('reports no status for %s, which is not a SIP status', (status) => {
    const { cause, rawCause } = reject(status);
    expect(cause).toBe('FAILED');
    expect(rawCause).toMatchObject({ sipStatus: null, sipReason: `not a SIP status: ${status}` });
  });

  it('cuts a very long phrase', () => {
    expect(reject(486, { reason: 'x'.repeat(60_000) }).rawCause.sipReason).toHaveLength(1024);
  });

  it('keeps Retry-After, without its comment and parameters', () => {
    expect(reject(503, { retryAfter: '120 (in a meeting);duration=60' }).rawCause.retryAfterSeconds).toBe(
      120,
    );
    expect(reject(503, { retryAfter: 'soon' }).rawCause).not.toHaveProperty('retryAfterSeconds');
  });

  it('marks 607 and 608 for suppression, and keeps the Call-Info of a 608', () => {
    expect(reject(607).rawCause.suppression).toBe('unwanted');
    expect(reject(608, { callInfo: '<https://block.example/x>;purpose=jwscard' }).rawCause).toMatchObject({
      suppression: 'blocked',
      callInfo: '<https://block.example/x>;purpose=jwscard',
    });
  });

  it('has an error only when the fault is ours', () => {
    expect(reject(407).error?.code).toBe('TRUNK_AUTHENTICATION');
    expect(reject(402).error?.code).toBe('TRUNK_AUTHENTICATION');
    expect(reject(486).error).toBeUndefined();
  });
});

describe("the far end's hang-up", () => {
  it.each([
    [undefined, 'NORMAL', null],
    ['Q.850;cause=0', 'NORMAL', 0],
    ['Q.850;cause=16;text="Normal call clearing"', 'NORMAL', 16],
    ['Q.850;cause=27', 'OUTOFORDER', 27],
    ['Q.850;cause=31', 'OTHER', 31],
    ['Q.850;cause=127', 'FAILED', 127],
    ['Q.850;cause=50', 'OTHER', 50],
    ['SIP;cause=200;text="Call completed elsewhere"', 'NORMAL', null],
  ] as const)('reads %s as %s', (header, cause, q850) => {
    expect(classifyBye(header)).toEqual({ cause, q850 });
  });
});

describe('a Reason header', () => {
  it.each([
    ['Q.850;cause=17', 17],
    ['q.850 ; text="a, b;cause=3" ; cause = 17', 17],
    ['SIP;cause=486;text="Q.850;cause=1", Q.850;cause=21', 21],
    [['SIP;cause=480', 'Q.850;cause=19'], 19],
    ['Q.850;cause=999', null],
    ['Q.850;cause=200', null],
    ['Q.850', null],
    ['', null],
  ] as const)('%j holds %s', (header, value) => {
    expect(parseQ850(header)).toBe(value);
  });
});

describe('a 403', () => {
  const refused = (wereCredentialsSent: boolean, more: Partial<FinalResponse> = {}) =>
    classifyResponse(
      { status: 403, reason: 'Forbidden', isLocal: false, ...more },
      { rang: false, wereCredentialsSent, wasSecured: false, overrides: {} },
    );

  it('after our credentials is about our account, and not about the callee', () => {
    expect(refused(true)).toMatchObject({ cause: 'ERROR', error: { code: 'TRUNK_AUTHENTICATION' } });
    expect(refused(false)).toMatchObject({ cause: 'BARRED' });
  });

  it('that brings a reason of the telephone network is about the callee all the same', () => {
    expect(refused(true, Q850(1)).cause).toBe('UNOBTAINABLE');
  });
});
