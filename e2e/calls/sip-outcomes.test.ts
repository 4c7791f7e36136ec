import type { CallResult } from '@outdial/contract';
import { type SippScenario, startSipp } from '@outdial/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.close());

/** Calls a SIPp callee that plays `scenario`. */
async function callSipp(scenario: SippScenario, job: Partial<Parameters<Stack['call']>[0]> = {}) {
  const callee = await startSipp({ scenario });
  try {
    const { id } = await stack.queue.add({ callTo: `sip:callee@${callee.address}`, ...job });
    const result = await stack.inbox.of(id);
    return { id, result };
  } finally {
    await callee.close();
  }
}

interface Row {
  scenario: SippScenario;
  expected: { [Field in keyof CallResult]?: unknown };
}

const refused = (sipStatus: number, cause: string, more: Row['expected'] = {}) => ({
  state: 'IDLE',
  cause,
  rawCause: expect.objectContaining({ sipStatus }),
  error: null,
  timeToAnswerMs: null,
  ...more,
});

describe('a callee that refuses', () => {
  const rows: Row[] = [
    { scenario: 'rejects-busy-486', expected: refused(486, 'BUSY') },
    { scenario: 'not-found-404', expected: refused(404, 'UNOBTAINABLE') },
    { scenario: 'unavailable-480', expected: refused(480, 'NOANSWER') },
    {
      scenario: 'congestion-503-retry-after',
      expected: refused(503, 'CONGESTION', {
        rawCause: expect.objectContaining({ sipStatus: 503, retryAfterSeconds: expect.any(Number) }),
      }),
    },
    { scenario: 'declines-603', expected: refused(603, 'REJECTED') },
    { scenario: 'not-acceptable-488', expected: refused(488, 'FAILED') },
    {
      scenario: 'reason-q850-overrides',
      expected: { state: 'IDLE', cause: 'BUSY', rawCause: expect.objectContaining({ q850: 17 }) },
    },
  ];

  it.each(rows)('as $scenario ends as the table of causes says', async ({ scenario, expected }) => {
    const { result } = await callSipp(scenario);
    expect(result).toMatchObject(expected);
  });
});

describe('a callee that answers', () => {
  it('and hangs up later gives ANSWERED, then an ended record', async () => {
    const hold = { otherwise: [{ step: 'hold' as const, milliseconds: null }] };
    const callee = await startSipp({ scenario: 'rings-then-answers-then-hangs-up' });
    const { id } = await stack.queue.add({ callTo: `sip:callee@${callee.address}`, onAnswered: hold });
    expect(await stack.inbox.of(id)).toMatchObject({ state: 'ANSWERED', cause: 'NORMAL', rang: true });
    const { ended } = await stack.event(id, 'ended');
    expect(ended).toMatchObject({ endedBy: 'CALLEE', cause: 'NORMAL', error: null });
    await callee.close();
  });

  it('after 183 with SDP and 180 is RINGING with early media, and ANSWERED only at the 200', async () => {
    const { id, result } = await callSipp('early-media-then-rings-then-answers');
    expect(result).toMatchObject({ state: 'ANSWERED', rang: true, earlyMedia: { tones: [] } });
    expect(await stack.event(id, 'ringing')).toMatchObject({ sipStatus: 183, earlyMedia: true });
  });

  it('chooses one of two codecs that are offered in order', async () => {
    const callee = await startSipp({ scenario: 'chooses-one-of-two-codecs' });
    const { id } = await stack.queue.add({ callTo: `sip:callee@${callee.address}`, codecs: 'g711a;g711u' });
    const result = await stack.inbox.of(id);
    expect(result).toMatchObject({ state: 'ANSWERED', codec: 'PCMU' });
    const invite = callee.log().find((entry) => entry.method === 'INVITE');
    expect(invite?.body).toMatch(/m=audio \d+ RTP\/AVP 8 0\b/);
    await stack.event(id, 'ended');
    await callee.close();
  });

  it('and hangs up before the verdict leaves an IDLE result with an answer time and UNKNOWN', async () => {
    const { id, result } = await callSipp('hangs-up-before-verdict', { liveSpeakerDetect: 'DEFAULT' });
    expect(result).toMatchObject({
      state: 'IDLE',
      cause: 'NORMAL',
      farEndType: 'UNKNOWN',
      verdict: { kind: 'hung_up' },
      timings: { answeredAt: expect.any(Number) },
    });
    expect((await stack.event(id, 'ended')).ended).toMatchObject({ endedBy: 'CALLEE' });
  });
});

describe('a callee that challenges', () => {
  it('without credentials of ours is a TRUNK_AUTHENTICATION error: our fault, not the callee’s', async () => {
    const { result } = await callSipp('challenges-407');
    expect(result).toMatchObject({ state: 'ERROR', cause: 'ERROR', error: { code: 'TRUNK_AUTHENTICATION' } });
  });
});

describe('the deadline', () => {
  it('cancels a callee that rings, and the result is TIMEOUT with rang', async () => {
    const callee = await startSipp({ scenario: 'rings-until-cancelled', calls: 1 });
    const result = await stack.call({ callTo: `sip:callee@${callee.address}`, secondsTimeout: 1 });
    expect(result).toMatchObject({ state: 'IDLE', cause: 'TIMEOUT', rang: true, error: null });
    expect(await callee.finished).toBe(0);
    expect(callee.log().map(({ method }) => method)).toEqual(['INVITE', 'CANCEL', 'ACK']);
    await callee.close();
  });

  it('stands when a 200 crosses the CANCEL: TIMEOUT, and the late dialog is acknowledged and released', async () => {
    const callee = await startSipp({ scenario: 'answers-crossing-cancel', calls: 1 });
    const { id } = await stack.queue.add({ callTo: `sip:callee@${callee.address}`, secondsTimeout: 1 });
    expect(await stack.inbox.of(id)).toMatchObject({ state: 'IDLE', cause: 'TIMEOUT', timeToAnswerMs: null });
    expect(await callee.finished).toBe(0);
    expect(callee.log().map(({ method }) => method)).toEqual(['INVITE', 'CANCEL', 'ACK', 'BYE']);
    await callee.close();
  });

  it('is published at the deadline although the callee is silent', async () => {
    const callee = await startSipp({ scenario: 'silent' });
    const { id } = await stack.queue.add({ callTo: `sip:callee@${callee.address}`, secondsTimeout: 1 });
    const result = await stack.inbox.of(id);
    expect(result).toMatchObject({ state: 'IDLE', cause: 'TIMEOUT', rang: false });
    const { callingAt = 0, endedAt = 0 } = result.timings;
    // The INVITE's transaction would end it after 32 s.
    expect(endedAt - callingAt).toBeLessThan(30_000);
    await callee.close();
  });
});
