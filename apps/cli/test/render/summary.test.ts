import { endedRecordSchema } from '@outdial/contract';
import { expect, it } from 'vitest';
import { createDemoJobs } from '../../src/demo/demo-jobs.js';
import { checkJob, summaryLines } from '../../src/demo/summary.js';
import { endedLine } from '../../src/render/result-line.js';
import { plain } from '../support/plain.js';
import { makeAnswered, makeResult } from '../support/results.js';

function jobOf(name: string) {
  const job = createDemoJobs().find(({ callee }) => callee.name === name);
  if (job === undefined) throw new Error(`no job for ${name}`);
  return job;
}

it('a summary has a row for each callee, and totals', () => {
  const checkedJobs = [checkJob(jobOf('busy'), [makeResult()]), checkJob(jobOf('human'), [makeAnswered()])];
  expect(plain(summaryLines(checkedJobs, 4321))).toEqual([
    '',
    '   callee  destination    state     cause   raw cause      verdict    to ring  to answer  to verdict',
    '✓  busy    sip:busy@lab   IDLE      BUSY    486 Busy Here  -                -          -           -',
    '✓  human   +441632960001  ANSWERED  NORMAL  200 OK         LIVE 93 %   0.10 s     1.00 s      1.80 s',
    '',
    '2 of 2 calls ended as expected, in 4.3 s',
  ]);
});

it('a summary lists the deviations of each call', () => {
  const error = { code: 'NO_TRUNK', message: 'no trunk takes this number' };
  const checkedJobs = [
    checkJob(jobOf('busy'), [makeResult({ state: 'ERROR', cause: 'ERROR', error })]),
    checkJob(jobOf('human'), []),
    checkJob(jobOf('fax'), [makeAnswered(), makeAnswered()]),
  ];
  const lines = plain(summaryLines(checkedJobs, 1000));
  expect(lines[2]).toMatch(/^✗ {2}busy .* ERROR +ERROR NO_TRUNK /);
  expect(lines[3]).toMatch(/^✗ {2}human +\S+ +\? +\? +\?/);
  expect(lines.slice(6)).toEqual([
    expect.stringMatching(
      /^✗ \S+: state is ERROR, expected IDLE; cause is ERROR, expected BUSY; NO_TRUNK: no trunk takes this number$/,
    ),
    expect.stringMatching(/^✗ \S+: no result$/),
    expect.stringMatching(/^✗ \S+: 2 results; far-end type is LIVE, expected FAX_MACHINE$/),
    '0 of 3 calls ended as expected, in 1.0 s',
  ]);
});

it('a summary fits the width of the terminal', () => {
  const checkedJobs = [checkJob(jobOf('human'), [makeAnswered()])];
  const lines = plain(summaryLines(checkedJobs, 1000, 79)).slice(0, 3);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(79);
  expect(lines[2]).toMatch(/^✓ {2}human +\S*960001 +ANSWERED +NORMAL .*LIVE 93 %/);
});

it('an ended record says in text which steps failed', () => {
  const took = { startedAt: 2100, endedAt: 2200 };
  const error = { code: 'PLAY_FAILED', message: 'hello.wav: there is no such file' };
  const ended = endedRecordSchema.parse({
    ...makeAnswered(),
    q850: 16,
    endedBy: 'PLAN',
    durationMs: 4200,
    steps: [
      { index: 0, step: 'play', ...took, outcome: 'failed', error },
      { index: 1, step: 'hangUp', ...took, outcome: 'finished', error: null },
    ],
  });
  expect(plain([endedLine(ended)])[0]).toMatch(
    / up for 4\.20 s {2}play PLAY_FAILED \(hello\.wav: there is no such file\)$/,
  );
});
