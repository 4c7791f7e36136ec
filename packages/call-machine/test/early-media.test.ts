import type { EarlyHangUp, NetworkToneKind } from '@outdial/contract';
import { describe, expect, it } from 'vitest';
import {
  answered,
  answeredCall,
  busy,
  busyHeard,
  cancelRequested,
  HANGS_UP_EARLY,
  invited,
  mailboxHeard,
  requestTerminated,
  ringbackHeard,
  ringingCall,
  ringsInBand,
  START,
  startCall,
  TERMS,
  verdictReached,
} from './call-under-test.js';

function toneHeard(kind: NetworkToneKind) {
  return { type: 'networkToneHeard', tone: { kind, atMs: 3300, frequencies: [425] } } as const;
}

describe('what is heard before the answer', () => {
  it('is told as events, and in the result', () => {
    const call = ringingCall().send(ringbackHeard, busyHeard);
    expect(call.effects()).toEqual(['recordNetworkTone', 'recordNetworkTone']);
    expect(call.paramsOf('recordNetworkTone')).toEqual([ringbackHeard.tone, busyHeard.tone]);
    expect(call.send(busy).result.earlyMedia).toMatchObject({
      tones: [ringbackHeard.tone, busyHeard.tone],
      isMailbox: false,
    });
  });

  it('ends no call of a job that does not ask for it', () => {
    const call = ringingCall().send(toneHeard('sit'), busyHeard, toneHeard('congestion'), mailboxHeard);
    expect(call.state).toBe('RINGING');
    expect(call.effects()).not.toContain('cancelInvite');
    expect(call.send(answered(call)).result).toMatchObject({
      state: 'ANSWERED',
      earlyMedia: { isMailbox: true, hasBeeped: true },
    });
  });

  it.each<[EarlyHangUp, string]>([
    ['sit', 'UNOBTAINABLE'],
    ['busy', 'BUSY'],
    ['congestion', 'CONGESTION'],
    ['mailbox', 'NOANSWER'],
  ])('ends the call when the job asks for that: %s is %s', (what, cause) => {
    const call = ringingCall({ ...TERMS, earlyMedia: { hangUpOn: [what] } });
    call.send(ringbackHeard);
    expect(call.state).toBe('RINGING');
    call.effects();
    call.send(what === 'mailbox' ? mailboxHeard : toneHeard(what));
    const recorded = what === 'mailbox' ? [] : ['recordNetworkTone'];
    expect(call.effects()).toEqual([...recorded, 'cancelInvite', 'publishResult']);
    expect(call.state).toBe('IDLE');
    expect(call.result).toMatchObject({
      state: 'IDLE',
      cause,
      rang: true,
      error: { code: 'HUNG_UP_EARLY' },
      rawCause: { sipStatus: null },
    });
    expect(call.result.timings.answeredAt).toBeUndefined();
    expect(call.send(requestTerminated).done).toBe(true);
  });
});

describe('a hang-up before the answer that crosses something else', () => {
  it('hangs the answer up that crossed the CANCEL, and keeps its result', () => {
    const call = ringingCall(HANGS_UP_EARLY).send(mailboxHeard);
    call.effects();
    call.send(answered(call));
    expect(call.effects()).toEqual(['hangUpLeg']);
    expect(call.result).toMatchObject({ cause: 'NOANSWER', error: { code: 'HUNG_UP_EARLY' } });
  });

  it('comes too late after the answer, and changes nothing', () => {
    const call = answeredCall(HANGS_UP_EARLY).send(mailboxHeard, busyHeard);
    expect(call.effects()).toEqual([]);
    expect(call.send(verdictReached).result).toMatchObject({ state: 'ANSWERED', farEndType: 'LIVE' });
  });

  it('comes too late after the cancel, the deadline and the refusal', () => {
    const cancelled = ringingCall(HANGS_UP_EARLY).send(cancelRequested, mailboxHeard);
    expect(cancelled.result).toMatchObject({ cause: 'CANCELLED', error: { code: 'CANCELLED' } });
    const late = ringingCall(HANGS_UP_EARLY).wait(18_000).send(busyHeard);
    expect(late.result).toMatchObject({ cause: 'TIMEOUT', error: null });
    expect(ringingCall(HANGS_UP_EARLY).send(busy).result.error).toBeNull();
  });

  it('is first when the network releases with its own cause just after it', () => {
    const call = ringingCall(HANGS_UP_EARLY).send(toneHeard('sit'), busy);
    expect(call.result).toMatchObject({ cause: 'UNOBTAINABLE', rawCause: { sipStatus: null } });
    expect(call.done).toBe(true);
  });

  it('cancels an INVITE whose transaction is not known yet', () => {
    const call = startCall(HANGS_UP_EARLY).send({ type: 'dial' }, ringsInBand, busyHeard);
    expect(call.effects()).toEqual(['sendInvite', 'recordNetworkTone', 'cancelInvite', 'publishResult']);
    call.send(invited);
    expect(call.effects()).toEqual(['recordCalling']);
    expect(call.result.timings.endedAt).toBe(START);
  });
});
