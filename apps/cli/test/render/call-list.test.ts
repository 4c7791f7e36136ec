import { type CallEvent, type EndedRecord, endedRecordSchema } from '@outdial/contract';
import { expect, it } from 'vitest';
import { CallList } from '../../src/render/call-list.js';
import { callTableLines } from '../../src/render/call-table.js';
import { plain } from '../support/plain.js';
import { makeAnswered, makeResult } from '../support/results.js';

const SIZE = { width: 200, height: 24 };
/** The width of a terminal of 80 columns, whose last one stays free. */
const NARROW = { width: 79, height: 24 };
const at = Date.now() - 1000;
const common = { callId: 'call-1', workerId: 'worker-1', at };

function listOf(...events: CallEvent[]): CallList {
  const calls = new CallList();
  for (const event of events) calls.apply(event);
  return calls;
}

function ended(changes: Partial<EndedRecord> = {}): EndedRecord {
  const { state: _, rawCause: _r, rang: _g, earlyMedia: _m, codec: _c, ...answered } = makeAnswered();
  return endedRecordSchema.parse({
    ...Object.fromEntries(Object.entries(answered).filter(([key]) => !key.startsWith('timeTo'))),
    ...{ q850: 16, endedBy: 'CALLEE', durationMs: 12_300, steps: [], ...changes },
  });
}

it('a list of calls shows the state of each call, including jobs that are not dialled yet', () => {
  const calls = new CallList();
  calls.expect('job-0', 'sip:later@lab', at);
  const events: CallEvent[] = [
    { ...common, jobId: 'job-1', type: 'calling', callTo: 'sip:busy@lab' },
    { ...common, jobId: 'job-2', type: 'calling', callTo: 'tel:+441632960001' },
    { ...common, jobId: 'job-2', type: 'ringing', sipStatus: 180, earlyMedia: false },
    { ...common, jobId: 'job-1', at: at + 250, type: 'result', result: makeResult() },
    { ...common, jobId: 'job-2', type: 'answered', codec: 'PCMA' },
  ];
  for (const event of events) calls.apply(event);
  const [titles, ...rows] = plain(callTableLines(calls, SIZE));
  expect(titles).toMatch(/^destination {4}state {5}verdict +time {2}how it ended +job$/);
  expect(rows).toEqual([
    expect.stringMatching(/^sip:later@lab {2}QUEUED {2,}job-0$/),
    expect.stringMatching(/^sip:busy@lab {3}IDLE {2,}0\.25 s {2}BUSY, 486 Busy Here {2}job-1$/),
    expect.stringMatching(/^\+441632960001 {2}ANSWERED {2,}1\.\d\d s {2,}job-2$/),
  ]);
});

it('a finished call says how it ended', () => {
  const error = { code: 'WORKER_LOST', message: 'the worker was lost' };
  const calls = listOf(
    { ...common, jobId: 'rejected', type: 'result', result: makeResult() },
    {
      ...common,
      jobId: 'refused',
      type: 'result',
      result: makeResult({ state: 'ERROR', cause: 'ERROR', error }),
    },
    { ...common, jobId: 'hung-up', type: 'ended', ended: ended() },
    {
      ...common,
      jobId: 'lost',
      type: 'ended',
      ended: ended({ cause: 'ERROR', error, endedBy: 'WORKER_LOST' }),
    },
  );
  expect(calls.calls.map(({ jobId, ending }) => [jobId, ending])).toEqual([
    ['rejected', 'BUSY, 486 Busy Here'],
    ['refused', 'ERROR WORKER_LOST, 486 Busy Here'],
    ['hung-up', 'by callee after 12.3 s'],
    ['lost', 'ERROR WORKER_LOST after 12.3 s'],
  ]);
});

it('a table of 80 columns shows the last digits, the state, the verdict and the end of each call', () => {
  const machine = makeAnswered({ callTo: 'tel:+4416329600000002', farEndType: 'ANSWER_MACHINE' });
  const verdict = { ...machine.verdict, farEndType: 'ANSWER_MACHINE' } as NonNullable<typeof machine.verdict>;
  const jobId = 'campaign-spring-2030-customer-0000001';
  const calls = listOf(
    { ...common, jobId: `${jobId}1`, type: 'result', result: { ...machine, verdict } },
    { ...common, jobId: `${jobId}2`, type: 'result', result: makeResult({ callTo: 'tel:+441632960999' }) },
    {
      ...common,
      jobId: `${jobId}3`,
      type: 'ended',
      ended: ended({ callTo: 'sip:somebody-with-a-long-name@pbx.example' }),
    },
  );
  const lines = plain(callTableLines(calls, NARROW));
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(79);
  expect(lines[0]).not.toContain('job');
  expect(lines[1]).toMatch(/0000002 +ANSWERED +ANSWER_MACHINE 93 %$/);
  expect(lines[2]).toMatch(/960999 +IDLE +BUSY, 486 Bus/);
  expect(lines[3]).toMatch(/^sip:somebody-wi\S+ +IDLE +by callee afte/);
});

it('a table with more calls than fit shows those in progress first, and the number of the others', () => {
  const jobs = Array.from({ length: 6 }, (_, index) => `job-${index}`);
  const calls = listOf(
    ...jobs.map((jobId): CallEvent => ({ ...common, jobId, type: 'calling', callTo: `sip:${jobId}@lab` })),
    ...jobs
      .slice(0, 4)
      .map((jobId): CallEvent => ({ ...common, jobId, type: 'result', result: makeResult() })),
  );
  const lines = plain(callTableLines(calls, { width: 200, height: 5 }));
  expect(lines).toHaveLength(5);
  expect(lines.slice(1).map((line) => line.split(/ +/).at(-1))).toEqual(['job-4', 'job-5', 'job-0', 'more']);
  expect(lines.at(-1)).toBe('and 3 more');
});

it('a list of calls removes calls that ended long enough ago', () => {
  const calls = listOf(
    { ...common, jobId: 'over', type: 'result', result: makeResult() },
    { ...common, jobId: 'up', type: 'result', result: makeAnswered() },
  );
  calls.removeEndedBefore(at + 1);
  expect(calls.calls.map(({ jobId }) => jobId)).toEqual(['up']);
});
