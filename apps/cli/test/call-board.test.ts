import type { CallEvent } from '@outdial/contract';
import { expect, it } from 'vitest';
import { boardLines, CallBoard } from '../src/render/call-board.js';
import { makeAnswered, makeResult } from './made-results.js';
import { plain } from './plain.js';

const SIZE = { width: 200, height: 24 };
const at = Date.now() - 1000;
const common = { callId: 'call-1', workerId: 'worker-1', at };

function boardOf(...events: CallEvent[]): CallBoard {
  const board = new CallBoard();
  for (const event of events) board.apply(event);
  return board;
}

it('a board shows where each call is, those that are expected too', () => {
  const board = new CallBoard();
  board.expect('job-0', 'sip:later@lab', at);
  const events: CallEvent[] = [
    { ...common, jobId: 'job-1', type: 'calling', callTo: 'sip:busy@lab' },
    { ...common, jobId: 'job-2', type: 'calling', callTo: 'tel:+441632960001' },
    { ...common, jobId: 'job-2', type: 'ringing', sipStatus: 180, earlyMedia: false },
    { ...common, jobId: 'job-1', at: at + 250, type: 'result', result: makeResult() },
    { ...common, jobId: 'job-2', type: 'answered', codec: 'PCMA' },
  ];
  for (const event of events) board.apply(event);
  const [titles, ...rows] = plain(boardLines(board, SIZE));
  expect(titles).toBe('destination    state     cause  raw cause      verdict  since INVITE  job');
  expect(rows).toEqual([
    expect.stringMatching(/^sip:later@lab {2}QUEUED {2,}job-0$/),
    expect.stringMatching(/^sip:busy@lab {3}IDLE {6}BUSY {3}486 Busy Here {2,}0\.25 s {2}job-1$/),
    expect.stringMatching(/^\+441632960001 {2}ANSWERED {2,}1\.\d\d s {2}job-2$/),
  ]);
});

it('a board of more calls than fit shows those in progress first, and counts the rest', () => {
  const jobs = Array.from({ length: 6 }, (_, index) => `job-${index}`);
  const board = boardOf(
    ...jobs.map((jobId): CallEvent => ({ ...common, jobId, type: 'calling', callTo: `sip:${jobId}@lab` })),
    ...jobs
      .slice(0, 4)
      .map((jobId): CallEvent => ({ ...common, jobId, type: 'result', result: makeResult() })),
  );
  const lines = plain(boardLines(board, { width: 200, height: 5 }));
  expect(lines).toHaveLength(5);
  expect(lines.slice(1).map((line) => line.split(/ +/).at(-1))).toEqual(['job-4', 'job-5', 'job-0', 'more']);
  expect(lines.at(-1)).toBe('and 3 more');
});

it('a board forgets calls once they have been over for long enough', () => {
  const board = boardOf(
    { ...common, jobId: 'over', type: 'result', result: makeResult() },
    { ...common, jobId: 'up', type: 'result', result: makeAnswered() },
  );
  board.forgetOverBefore(at + 1);
  expect(board.rows.map(({ jobId }) => jobId)).toEqual(['up']);
});
