import type { CallEvent } from '@outdial/contract';
import { expect, it } from 'vitest';
import { CallBoard } from '../src/render/call-board.js';
import { eventLine } from '../src/render/event-line.js';

const common = { jobId: 'job-1', callId: 'call-1', workerId: 'worker-1', at: 0 };

it.each([
  ['beep', true, 'ready, after the beep  at 8.00 s'],
  ['silence', true, 'ready, after silence  at 8.00 s'],
  ['timeout', false, 'not ready in time  at 8.00 s'],
  ['unheard', false, 'the callee cannot be heard  at 8.00 s'],
] as const)(
  'a wait that ended by %s is told in words, and leaves the board as it was',
  (trigger, isReady, words) => {
    const board = new CallBoard();
    board.apply({ ...common, type: 'answered', codec: 'PCMA' });
    const before = { ...board.rows[0] };
    const event: CallEvent = { ...common, type: 'waitEnded', waitId: null, trigger, isReady, atMs: 8000 };
    expect(eventLine(event, board.apply(event))).toContain(`job-1  wait ended  ${words}`);
    expect(board.rows).toEqual([before]);
  },
);
