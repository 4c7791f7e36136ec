import type { CallJobInput, EndedRecord } from '@outdial/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.close());

const PROMPT = 'tone_stream://%(4000,0,440)';
const SHORT = 'tone_stream://%(100,0,440)';

type Steps = NonNullable<NonNullable<CallJobInput['onAnswered']>['otherwise']>;

async function endedCall(callTo: string, steps: Steps): Promise<EndedRecord> {
  const { id } = await stack.queue.add({ callTo, onAnswered: { otherwise: steps } });
  return (await stack.event(id, 'ended')).ended;
}

const MENU: Steps[number] = {
  step: 'gather',
  prompt: PROMPT,
  into: 'answer',
  branches: {
    '1': [{ step: 'play', source: SHORT }],
    '2': [{ step: 'hangUp' }],
    timeout: [{ step: 'hold', milliseconds: 10 }],
  },
};

describe('a menu', () => {
  it.concurrent.each([
    ['presses-1', '1', ['gather', 'play']],
    ['presses-2', '2', ['gather', 'hangUp']],
    ['presses-by-info', '1', ['gather', 'play']],
    ['presses-in-band', '1', ['gather', 'play']],
  ])('takes the key of %s, and the branch of it', async (callee, answer, steps) => {
    const ended = await endedCall(`sip:${callee}@lab`, [MENU]);
    expect(ended.digits).toEqual({ answer });
    expect(ended.steps.map(({ step }) => step)).toEqual(steps);
    expect(ended.steps[0]).toMatchObject({ outcome: 'finished', data: { digits: answer, into: 'answer' } });
    expect(ended.endedBy).toBe('PLAN');
  });

  it.concurrent('asks again after a key that it does not take', async () => {
    const ended = await endedCall('sip:presses@lab;keys=9-2', [{ ...MENU, retries: 1 }]);
    expect(ended.digits).toEqual({ answer: '2' });
  });

  it.concurrent('of which somebody takes no notice is a timeout', async () => {
    const ended = await endedCall('sip:human@lab', [{ ...MENU, prompt: SHORT, secondsTimeout: 0.5 }]);
    expect(ended.digits).toEqual({});
    expect(ended.steps).toMatchObject([
      { step: 'gather', outcome: 'timeout', error: { code: 'STEP_TIMEOUT' }, data: null },
      { step: 'hold', outcome: 'finished' },
    ]);
  });

  it.concurrent('is told of by its name in the steps after it, where there was an entry', async () => {
    const tellsEntry = { step: 'notify', name: 'chosen', data: { text: '{{digits.answer}}' } } as const;
    const ended = await endedCall('sip:presses-1@lab', [MENU, tellsEntry]);
    expect(ended.steps.at(-1)).toMatchObject({ outcome: 'finished', data: { data: { text: '1' } } });
    const without = await endedCall('sip:human@lab', [
      { ...MENU, prompt: SHORT, secondsTimeout: 0.5 },
      tellsEntry,
    ]);
    expect(without.steps.at(-1)).toMatchObject({ outcome: 'failed', error: { code: 'VALUE_MISSING' } });
  });

  it.concurrent('whose prompt is missing says so, and the plan goes on', async () => {
    const ended = await endedCall('sip:presses-1@lab', [
      { ...MENU, prompt: 'nowhere.wav' },
      { step: 'hangUp' },
    ]);
    expect(ended.steps).toMatchObject([
      { step: 'gather', outcome: 'failed', error: { code: 'PLAY_FAILED' } },
      { step: 'hangUp', outcome: 'finished' },
    ]);
  });
});

it('an entry of several digits is complete with its finishing key', async () => {
  const pin: Steps[number] = { step: 'gather', prompt: PROMPT, minDigits: 4, maxDigits: 12, into: 'pin' };
  const ended = await endedCall('sip:presses@lab;keys=4711s0h', [pin]);
  expect(ended.digits).toEqual({ pin: '4711*0' });
});
