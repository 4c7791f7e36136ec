import type { CallEvent } from '@outdial/contract';
import { expect, it } from 'vitest';
import { Totals } from '../../src/render/totals.js';
import { makeAnswered, makeResult } from '../support/results.js';

const START = 1_000_000;
const common = { callId: 'call-1', workerId: 'worker-1', jobId: 'job-1' };
const OPEN = { waiting: 1200, active: 20, delayed: 0 };

function result(at: number, isAnswered = false): CallEvent {
  return { ...common, at, type: 'result', result: isAnswered ? makeAnswered() : makeResult() };
}

it('totals count jobs and results, and give the rate and the time left in one line', () => {
  const totals = new Totals(START);
  for (let n = 0; n < 40; n++) totals.apply(result(START + n * 250, n % 4 === 0));
  expect(totals.line(OPEN, START + 10_000)).toBe(
    '1200 waiting, 20 in progress, 40 done (10 answered), 4.0/s, 6 min left',
  );
  expect(totals.line({ ...OPEN, waiting: 9, delayed: 3 }, START + 10_000)).toBe(
    '9 waiting, 20 in progress, 3 to retry, 40 done (10 answered), 4.0/s, 8 s left',
  );
});

it('totals measure the rate over the last minute, and none before there is enough', () => {
  const totals = new Totals(START);
  totals.apply(result(START + 100));
  expect(totals.line(OPEN, START + 1000)).toBe('1200 waiting, 20 in progress, 1 done (0 answered)');
  for (let n = 0; n < 60; n++) totals.apply(result(START + 100_000 + n * 500));
  expect(totals.line(OPEN, START + 130_000)).toContain('61 done (0 answered), 1.0/s, 21 min left');
  expect(totals.line(OPEN, START + 500_000)).toBe(
    '1200 waiting, 20 in progress, 61 done (0 answered), 0.0/s',
  );
});

it('totals do not count results that are replayed from the past for the rate', () => {
  const totals = new Totals(START);
  for (let n = 0; n < 100; n++) totals.apply(result(START - 10_000 + n));
  totals.apply(result(START + 5000));
  expect(totals.line({ waiting: 0, active: 0, delayed: 0 }, START + 10_000)).toBe(
    '0 waiting, 0 in progress, 101 done (0 answered), 0.1/s',
  );
});
