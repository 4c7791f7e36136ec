import type { PlanEvent } from '@outdial/call-machine';
import { type PlanStep, type PlanStepInput, planStepSchema } from '@outdial/contract';
import type { PlayEnd } from '@outdial/telephony';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { PressedKeys } from '../../src/call/pressed-keys.js';
import { PlanRunner } from '../../src/call/steps/plan-runner.js';
import { bridgesNothing, noFurtherLegs } from './no-further-legs.js';
import { noRecordings, recordsNothing } from './no-recordings.js';

/** Of a step under test: times that are short, and long ones that must not pass. */
const SOON = 0.05;
const NEVER = 500;

type GatherFields = Omit<Extract<PlanStepInput, { step: 'gather' }>, 'step'>;

/**
 * Runs gathers on a callee who presses the next of `pressed` each time that a prompt is played; `typed` was pressed during the
 * step before.
 */
async function asked(
  steps: GatherFields | PlanStepInput[],
  { pressed = [] as string[], typed = '', plays = 'stops' as 'stops' | 'ends' | 'fails' } = {},
) {
  const keys = new PressedKeys();
  const played: string[] = [];
  const events: PlanEvent[] = [];
  let stop = () => {};
  const leg = {
    play: (source: string) => {
      played.push(source);
      const end = new Promise<PlayEnd>((resolve) => {
        stop = () => resolve({ outcome: 'stopped' });
        if (plays === 'ends') resolve({ outcome: 'finished' });
        if (plays === 'fails') resolve({ outcome: 'failed', message: `no such file: ${source}` });
      });
      const next = pressed.shift();
      if (next !== undefined) queueMicrotask(() => [...next].forEach((key) => void keys.press(key)));
      return end;
    },
    stopPlaying: () => stop(),
    record: recordsNothing,
    ...bridgesNothing,
    sendDigit: async () => ({ outcome: 'finished' }) as const,
  };
  const plan = new PlanRunner({
    ...{
      leg,
      keys,
      wait: async () => null,
      onSpeech: () => () => {},
      isSpeaking: () => false,
      recordings: noRecordings(),
      ...noFurtherLegs(),
      logger: pino({ level: 'silent' }),
    },
    values: () => ({
      job: { id: 'job-1', callTo: 'sip:human@lab', lane: 'default', metadata: {} },
      digits: {},
    }),
    speech: null,
    bots: {
      take: () => expect.unreachable('no step has a bot'),
      parametersFor: () => ({}),
      notify: () => {},
    },
    report: (event) => {
      events.push(event);
      if (event.type === 'stepStarted' && event.step === 'gather') {
        for (const key of typed) keys.press(key);
        typed = '';
      }
    },
  });
  const all = Array.isArray(steps) ? steps : [{ step: 'gather', ...steps } as const];
  await plan.run(all.map((step): PlanStep => planStepSchema.parse(step)));
  const ends = events.flatMap((event) => (event.type === 'stepEnded' ? [event] : []));
  return {
    ends,
    played,
    steps: events.flatMap((event) => (event.type === 'stepStarted' ? [event.step] : [])),
  };
}

const menu: GatherFields = {
  prompt: 'menu.wav',
  into: 'menu',
  secondsTimeout: SOON,
  branches: {
    '1': [{ step: 'hold', milliseconds: 1 }],
    '2': [{ step: 'hangUp' }],
    timeout: [{ step: 'hold', milliseconds: 1 }],
  },
};

describe('a gather', () => {
  it('takes the branch of the key, and the plan goes on after it', async () => {
    const { ends, steps } = await asked([{ step: 'gather', ...menu }, { step: 'hangUp' }], {
      pressed: ['1'],
    });
    expect(ends[0]).toMatchObject({ outcome: 'finished', data: { digits: '1', into: 'menu' } });
    expect(steps).toEqual(['gather', 'hold', 'hangUp']);
  });

  it('takes a branch that hangs up, and no further step', async () => {
    const { steps } = await asked(
      [
        { step: 'gather', ...menu },
        { step: 'hold', milliseconds: 1 },
      ],
      {
        pressed: ['2'],
      },
    );
    expect(steps).toEqual(['gather', 'hangUp']);
  });

  it('that gets no key is a timeout, after as many tries as it says', async () => {
    const { ends, played, steps } = await asked({ ...menu, retries: 2 }, { plays: 'ends' });
    expect(ends[0]).toMatchObject({ outcome: 'timeout', error: { code: 'STEP_TIMEOUT' }, data: null });
    expect(played).toHaveLength(3);
    expect(steps).toEqual(['gather', 'hold']);
  });

  it('asks again after an entry that it does not take, and is a failed step after the last', async () => {
    const again = await asked({ ...menu, retries: 1 }, { pressed: ['7', '1'] });
    expect(again.ends[0]).toMatchObject({ outcome: 'finished', data: { digits: '1' } });
    const { ends, steps } = await asked({ ...menu, retries: 1 }, { pressed: ['7', '8'] });
    expect(ends).toMatchObject([
      { outcome: 'failed', error: { code: 'DIGITS_INVALID' }, data: { digits: '8' } },
    ]);
    expect(ends[0]?.error?.message).not.toContain('8');
    expect(steps).toEqual(['gather']);
  });

  it('collects an entry until the finishing key, which is not part of it', async () => {
    const { ends } = await asked(
      { prompt: 'pin.wav', minDigits: 2, maxDigits: 8, secondsBetweenDigits: NEVER },
      { pressed: ['42*7#'] },
    );
    expect(ends[0]).toMatchObject({ outcome: 'finished', data: { digits: '42*7' } });
  });

  it('takes an entry as complete when no further key comes, and one that is too short as invalid', async () => {
    const pin = { prompt: 'pin.wav', minDigits: 2, maxDigits: 4, secondsBetweenDigits: SOON };
    expect((await asked(pin, { pressed: ['123'] })).ends[0]).toMatchObject({ data: { digits: '123' } });
    const { ends } = await asked(pin, { pressed: ['1'] });
    expect(ends[0]).toMatchObject({ outcome: 'failed', error: { code: 'DIGITS_INVALID' } });
  });

  it('takes the finishing key alone as an invalid entry, and not as no key', async () => {
    const { ends } = await asked(menu, { pressed: ['#'] });
    expect(ends[0]).toMatchObject({ outcome: 'failed', data: { digits: '' } });
  });

  it('does not take the finishing key of an entry that was complete for one of the next', async () => {
    const pin = { step: 'gather', prompt: 'pin.wav', minDigits: 4, maxDigits: 4 } as const;
    const { ends } = await asked([pin, { step: 'gather', ...menu }], { pressed: ['1234#', '1'] });
    expect(ends[1]).toMatchObject({ data: { digits: '1', into: 'menu' } });
  });

  it('counts keys that were pressed before its prompt, which is then not played', async () => {
    const { ends, played } = await asked(menu, { typed: '1' });
    expect(played).toEqual([]);
    expect(ends[0]).toMatchObject({ data: { digits: '1' } });
  });

  it('takes any entry of `allowed`, and `otherwise` for one without a branch', async () => {
    const otherwise: PlanStepInput[] = [{ step: 'hangUp' }];
    const step = { ...menu, allowed: ['1', '5'], branches: { ...menu.branches, otherwise } };
    expect((await asked(step, { pressed: ['5'] })).steps).toEqual(['gather', 'hangUp']);
    expect((await asked(step, { pressed: ['6'] })).ends[0]).toMatchObject({ outcome: 'failed' });
    const any = { ...menu, branches: { ...menu.branches, otherwise } };
    expect((await asked(any, { pressed: ['6'] })).steps).toEqual(['gather', 'hangUp']);
  });

  it('whose prompt cannot be played fails, and asks nothing', async () => {
    const { ends, steps } = await asked(menu, { plays: 'fails' });
    expect(ends[0]).toMatchObject({ outcome: 'failed', error: { code: 'PLAY_FAILED' } });
    expect(steps).toEqual(['gather']);
  });

  it('leads to further gathers', async () => {
    const inner: PlanStepInput = { step: 'gather', prompt: 'sure.wav', into: 'sure' };
    const { ends } = await asked({ ...menu, branches: { '1': [inner] } }, { pressed: ['1', '9'] });
    expect(ends.map(({ data }) => data)).toEqual([
      { digits: '1', into: 'menu' },
      { digits: '9', into: 'sure' },
    ]);
  });
});
