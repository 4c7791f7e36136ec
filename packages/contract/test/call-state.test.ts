import { describe, expect, it } from 'vitest';
import { type CallEvent, endedState, stateAfter } from '../src/index.js';

const common = { jobId: 'job-1', callId: 'call-1', workerId: 'worker-1', at: 1 };

describe('the state of a call', () => {
  it.each<[CallEvent, string | null]>([
    [{ ...common, type: 'calling', callTo: 'sip:human@lab' }, 'CALLING'],
    [{ ...common, type: 'ringing', sipStatus: 180, earlyMedia: false }, 'RINGING'],
    [{ ...common, type: 'answered', codec: null }, 'ANSWERED'],
    [{ ...common, type: 'waitEnded', waitId: null, trigger: 'beep', isReady: true, atMs: 1 }, null],
  ])('follows from the event %o', (event, state) => {
    expect(stateAfter(event)).toBe(state);
  });

  it('is ERROR once it has ended with an error of ours, else IDLE', () => {
    expect(endedState(null)).toBe('IDLE');
    expect(endedState({ code: 'SERVER_LOST', message: 'drachtio was lost' })).toBe('ERROR');
  });
});
