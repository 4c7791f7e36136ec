import { describe, expect, it } from 'vitest';
import { allSteps, type CallJobInput, parseCallJob, planSchema, sourcesOf } from '../src/index.js';

type Steps = NonNullable<NonNullable<CallJobInput['onAnswered']>['otherwise']>;
const job = (...otherwise: Steps) => ({ callTo: 'sip:human@lab', id: 'job-1', onAnswered: { otherwise } });

describe('a gather that can never get what it waits for is refused', () => {
  it.each<[string, Steps[number], string]>([
    ['fewer digits at most than at least', { step: 'gather', minDigits: 3, maxDigits: 2 }, 'maxDigits'],
    ['a branch of too many digits', { step: 'gather', branches: { '12': [] } }, 'branches.12'],
    [
      'an allowed entry of too few',
      { step: 'gather', minDigits: 2, maxDigits: 2, allowed: ['1'] },
      'allowed.0',
    ],
    ['a misspelt branch', { step: 'gather', branches: { timeOut: [] } }, 'branches.timeOut'],
    ['a key that is none', { step: 'gather', finishKey: 'E' }, 'finishKey'],
  ])('%s', (_, step, path) => {
    expect(() => parseCallJob(job(step))).toThrow(
      expect.objectContaining({
        code: 'INVALID_JOB',
        message: expect.stringContaining(`onAnswered.otherwise.0.${path}`),
      }),
    );
  });
});

it('a step within a branch is checked, and named by its path', () => {
  const misspelt = { step: 'gather', branches: { '1': [{ step: 'play', sorce: 'a.wav' }] } } as never;
  expect(() => parseCallJob(job(misspelt))).toThrow('onAnswered.otherwise.0.branches.1.0');
});

it('the sources of a plan are those of its branches too', () => {
  const plan = planSchema.parse({
    LIVE: [
      {
        step: 'gather',
        prompt: 'menu.wav',
        branches: { '1': [{ step: 'play', source: ['a.wav', 'b.wav'] }] },
      },
    ],
  });
  expect(allSteps(plan).flatMap(sourcesOf)).toEqual(['menu.wav', 'a.wav', 'b.wav']);
});
