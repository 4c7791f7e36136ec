import type { CallEvent } from '@outdial/contract';
import { describe, expect, it } from 'vitest';
import { ActiveCalls } from '../../src/now/active-calls.js';
import { Tally } from '../../src/now/tally.js';

const ALL = () => true;

function event(type: string, at: number, more: object = {}): CallEvent {
  return { type, jobId: 'job', callId: null, workerId: 'w', lane: 'crm', at, ...more } as CallEvent;
}

function result(
  at: number,
  { answered = false, farEndType = 'UNKNOWN', rang = false, wasDialled = true } = {},
) {
  const verdict = answered ? { kind: 'human' } : null;
  const timings = { ...(wasDialled && { callingAt: 1 }), ...(answered && { answeredAt: 2 }) };
  const state = answered ? 'ANSWERED' : 'IDLE';
  return event('result', at, { result: { state, cause: 'BUSY', rang, farEndType, verdict, timings } });
}

describe('a tally', () => {
  it('counts the stages of calls, their causes and verdicts', () => {
    const tally = new Tally(3600);
    const now = Date.now();
    tally.add(result(now - 3000, { answered: true, farEndType: 'LIVE', rang: true }));
    tally.add(result(now - 3000, { rang: true }));
    tally.add(result(now - 3000, { wasDialled: false }));
    const totals = tally.totals({ until: now, seconds: 60, isWanted: ALL });
    expect(Object.fromEntries(totals)).toEqual({
      result: 3,
      dialled: 2,
      rang: 2,
      answered: 1,
      person: 1,
      'cause:ANSWERED': 1,
      'cause:BUSY': 2,
      'farEnd:LIVE': 1,
      'kind:human': 1,
    });
  });

  it('tells a period alone, part by part and lane by lane, and not the second that is not over', () => {
    const tally = new Tally(3600);
    const until = Math.floor(Date.now() / 1000) * 1000 + 500;
    for (const secondsAgo of [0, 1, 1, 2, 10, 11])
      tally.add(event('calling', until - 500 - secondsAgo * 1000, { callTo: 'sip:a@b' }));
    const period = { until, seconds: 10, isWanted: ALL };
    expect(tally.series('begun', period, 10)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
    expect(tally.series('begun', period, 5)).toEqual([1, 0, 0, 0, 3]);
    expect(tally.totals({ ...period, isWanted: (lane) => lane === 'other' }).size).toBe(0);
  });

  it('forgets what is older than it keeps', () => {
    const tally = new Tally(60);
    const now = Date.now();
    tally.add(event('calling', now - 120_000));
    tally.add(event('calling', now - 2000));
    const totals = tally.totals({ until: now, seconds: 3600, isWanted: ALL });
    expect(totals.get('begun')).toBe(1);
  });
});

describe('active calls', () => {
  it('are those of the ledger, and then what events tell', async () => {
    const active = new ActiveCalls();
    const asked = { id: 'a', lane: 'crm', phase: 'ringing' } as const;
    await active.seed(async () => {
      // While the ledger answers, one call ends and another begins.
      active.apply(event('calling', 1, { jobId: 'b' }));
      active.apply(event('ended', 1, { jobId: 'a' }));
      return [asked, { id: 'c', lane: 'other', phase: 'answered' }] as never;
    });
    expect(active.counts(ALL)).toEqual({ calling: 1, ringing: 0, answered: 1 });
    expect(active.counts((lane) => lane === 'crm')).toEqual({ calling: 1, ringing: 0, answered: 0 });
    active.apply(event('result', 2, { jobId: 'b', result: { state: 'IDLE' } }));
    expect(active.counts(ALL)).toEqual({ calling: 0, ringing: 0, answered: 1 });
  });
});
