import { expect, it } from 'vitest';
import { demoCampaign } from '../src/demo/campaign.js';
import { judge, summaryLines } from '../src/demo/summary.js';
import { makeAnswered, makeResult } from './made-results.js';
import { plain } from './plain.js';

function jobOf(name: string) {
  const job = demoCampaign().find(({ callee }) => callee.name === name);
  if (job === undefined) throw new Error(`no job for ${name}`);
  return job;
}

it('a summary has a row for each callee, and a tally', () => {
  const judgements = [judge(jobOf('busy'), [makeResult()]), judge(jobOf('human'), [makeAnswered()])];
  expect(plain(summaryLines(judgements, 4321))).toEqual([
    '',
    '   callee  destination    state     cause   raw cause      verdict    to ring  to answer  to verdict',
    '✓  busy    sip:busy@lab   IDLE      BUSY    486 Busy Here  -                -          -           -',
    '✓  human   +441632960001  ANSWERED  NORMAL  200 OK         LIVE 93 %   0.10 s     1.00 s      1.80 s',
    '',
    '2 of 2 calls ended as their callees make them end, in 4.3 s',
  ]);
});

it('a summary says of each call that went another way how', () => {
  const error = { code: 'NO_TRUNK', message: 'no trunk takes this number' };
  const judgements = [
    judge(jobOf('busy'), [makeResult({ state: 'ERROR', cause: 'ERROR', error })]),
    judge(jobOf('human'), []),
    judge(jobOf('fax'), [makeAnswered(), makeAnswered()]),
  ];
  const lines = plain(summaryLines(judgements, 1000));
  expect(lines[2]).toMatch(/^✗ {2}busy .* ERROR +ERROR NO_TRUNK /);
  expect(lines[3]).toMatch(/^✗ {2}human +\S+ +\? +\? +\?/);
  expect(lines.slice(6)).toEqual([
    expect.stringMatching(
      /^✗ \S+: state ERROR, not IDLE; cause ERROR, not BUSY; NO_TRUNK: no trunk takes this number$/,
    ),
    expect.stringMatching(/^✗ \S+: no result$/),
    expect.stringMatching(/^✗ \S+: 2 results; far-end type LIVE, not FAX_MACHINE$/),
    '0 of 3 calls ended as their callees make them end, in 1.0 s',
  ]);
});

it('a summary keeps to the width of the terminal', () => {
  const judgements = [judge(jobOf('human'), [makeAnswered()])];
  for (const line of plain(summaryLines(judgements, 1000, 90)).slice(0, 3))
    expect(line.length).toBeLessThanOrEqual(90);
});
