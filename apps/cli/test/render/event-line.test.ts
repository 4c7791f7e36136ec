import type { CallEvent } from '@outdial/contract';
import { expect, it } from 'vitest';
import { CallList } from '../../src/render/call-list.js';
import { eventLine } from '../../src/render/event-line.js';

const common = { jobId: 'job-1', callId: 'call-1', workerId: 'worker-1', at: 0 };

const stepEnded = { ...common, type: 'stepEnded', index: 0, step: 'play', data: null } as const;
const error = { code: 'PLAY_FAILED', message: 'FreeSWITCH cannot find or open /a.wav' };

it.each<[CallEvent, string]>([
  [{ ...common, type: 'stepStarted', index: 0, step: 'play' }, 'job-1  step 0  play  started'],
  [{ ...stepEnded, outcome: 'finished', error: null }, 'job-1  step 0  play  finished'],
  [
    { ...stepEnded, outcome: 'failed', error },
    'step 0  play  failed  PLAY_FAILED: FreeSWITCH cannot find or open /a.wav',
  ],
])('the event %o of a step is described', (event, words) => {
  const calls = new CallList();
  expect(eventLine(event, calls.apply(event))).toContain(words);
});

it.each([
  ['beep', true, 'ready after the beep  at 8.00 s'],
  ['silence', true, 'ready after silence  at 8.00 s'],
  ['timeout', false, 'not ready in time  at 8.00 s'],
  ['unheard', false, 'no audio from the callee  at 8.00 s'],
] as const)(
  'a wait that ended by %s is described, and does not change the list of calls',
  (trigger, isReady, words) => {
    const calls = new CallList();
    calls.apply({ ...common, type: 'answered', codec: 'PCMA' });
    const before = { ...calls.calls[0] };
    const event: CallEvent = { ...common, type: 'waitEnded', waitId: null, trigger, isReady, atMs: 8000 };
    expect(eventLine(event, calls.apply(event))).toContain(`job-1  wait ended  ${words}`);
    expect(calls.calls).toEqual([before]);
  },
);
