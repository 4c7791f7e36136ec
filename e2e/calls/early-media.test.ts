import type { CallResult, EarlyHangUp, NetworkToneKind } from '@outdial/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

/** Every kind of call here is made on the worker's own media, and on FreeSWITCH's in a lane of its own. */
const FREESWITCH = 'freeswitch';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ withWorker: false });
  const { telephony } = stack.configuration();
  const { freeswitch, rtp: _, ...common } = { freeswitch: [stack.servers.freeswitch], ...telephony };
  await stack.startWorker({ telephony: { ...common, media: 'worker', freeswitch: [] } });
  await stack.startWorker({
    lanes: { [FREESWITCH]: { concurrency: 20 } },
    telephony: { ...common, media: 'freeswitch', freeswitch },
  });
});
afterAll(() => stack.close());

function kindsOf({ earlyMedia }: CallResult): NetworkToneKind[] | undefined {
  return earlyMedia?.tones.map(({ kind }) => kind);
}

/** Of the callees' own log: what they saw of a call, and said to it. */
function methodsOf({ callId }: CallResult): string[] {
  const entries = stack.callees.log.ofCall(callId ?? '');
  return entries.map(({ direction, method, status }) => `${direction} ${method} ${status ?? ''}`.trim());
}

describe.concurrent('a tone that is heard before the answer', () => {
  it.each<[string, NetworkToneKind, Partial<CallResult>]>([
    ['early-busy', 'busy', { cause: 'BUSY' }],
    ['early-congestion', 'congestion', { cause: 'NOCHANNELS' }],
    ['early-sit', 'sit', { cause: 'UNOBTAINABLE' }],
  ])('of %s is told as an event, and in the result', async (callee, kind, expected) => {
    const result = await stack.call({ callTo: `sip:${callee}@lab`, liveSpeakerDetect: 'DEFAULT' });
    expect(result).toMatchObject({ ...expected, error: null, rang: true });
    expect(kindsOf(result)).toEqual([kind]);
    expect(result.earlyMedia).toMatchObject({ hasBeeped: false, isMailbox: false });
    expect(result.earlyMedia?.heardMs).toBeGreaterThan(result.earlyMedia?.tones[0]?.atMs ?? 1e6);
    const event = await stack.event(result.jobId, 'networkTone');
    expect(event).toMatchObject({ kind, atMs: result.earlyMedia?.tones[0]?.atMs });
  });
});

describe.concurrent('a mailbox that greets and beeps before it answers', () => {
  it('is an answering machine, though it is silent after the answer', async () => {
    const result = await stack.call({
      callTo: 'sip:early-mailbox@lab',
      liveSpeakerDetect: 'DEFAULT',
      lsdTimeoutMilliseconds: 2000,
    });
    expect(result).toMatchObject({
      state: 'ANSWERED',
      farEndType: 'ANSWER_MACHINE',
      verdict: { kind: 'voicemail', evidence: expect.stringContaining('before the answer') },
      earlyMedia: { isMailbox: true, hasBeeped: true },
    });
    expect(result.earlyMedia?.speechMs).toBeGreaterThan(800);
    expect(kindsOf(result)).toEqual(['ringback']);
  });
});

describe.concurrent('a job that is to be hung up before the answer', () => {
  it.each<[EarlyHangUp, string, string]>([
    ['busy', 'early-busy', 'BUSY'],
    ['congestion', 'early-congestion', 'CONGESTION'],
    ['sit', 'early-sit', 'UNOBTAINABLE'],
    ['mailbox', 'unanswered-mailbox', 'NOANSWER'],
    ['mailbox', 'early-mailbox', 'NOANSWER'],
  ])('on %s is cancelled, and says so (%s)', async (what, callee, cause) => {
    const result = await stack.call({
      callTo: `sip:${callee}@lab`,
      earlyMedia: { hangUpOn: [what] },
      liveSpeakerDetect: 'DEFAULT',
    });
    expect(result).toMatchObject({ state: 'IDLE', cause, error: { code: 'HUNG_UP_EARLY' }, verdict: null });
    expect(result.timings.answeredAt).toBeUndefined();
    expect(result.earlyMedia?.isMailbox).toBe(what === 'mailbox');
    // The result may be here before the CANCEL is there.
    await stack.callees.log.waitFor(
      ({ callId, method, direction }) =>
        callId === result.callId && method === 'CANCEL' && direction === 'in',
    );
    expect(methodsOf(result)).not.toContain('out INVITE 200');
  });

  it('goes on where something else is heard', async () => {
    const result = await stack.call({
      callTo: 'sip:early-mailbox@lab',
      earlyMedia: { hangUpOn: ['sit', 'busy', 'congestion'] },
    });
    expect(result).toMatchObject({ state: 'ANSWERED', error: null });
    expect(kindsOf(result)).toEqual(['ringback']);
  });
});

describe.concurrent('on FreeSWITCH', () => {
  it('a job that is to be hung up early is refused before anybody is dialled', async () => {
    const result = await stack.call({
      callTo: 'sip:early-busy@lab',
      lane: FREESWITCH,
      earlyMedia: { hangUpOn: ['busy'] },
    });
    expect(result).toMatchObject({ state: 'ERROR', callId: null, error: { code: 'UNSUPPORTED_BY_MEDIA' } });
    expect(result.error?.message).toContain('earlyMedia.hangUpOn');
    expect(result.timings.callingAt).toBeUndefined();
  });

  it('early media is known of, and not heard', async () => {
    const result = await stack.call({ callTo: 'sip:early-busy@lab', lane: FREESWITCH });
    expect(result).toMatchObject({ cause: 'BUSY', earlyMedia: { heardMs: null, speechMs: null, tones: [] } });
  });
});
