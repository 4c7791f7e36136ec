import type { PlanEvent } from '@outdial/call-machine';
import { type PlanStep, planSchema, type WaitOutcome, type WaitParameters } from '@outdial/contract';
import type { PlayEnd, SendEnd } from '@outdial/telephony';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { PressedKeys } from '../../src/call/pressed-keys.js';
import { PlanRunner } from '../../src/call/steps/plan-runner.js';
import { bridgesNothing, noFurtherLegs } from './no-further-legs.js';
import { noRecordings, recordsNothing } from './no-recordings.js';

type Play = (source: string) => Promise<PlayEnd>;
type Wait = (parameters: WaitParameters, signal: AbortSignal) => Promise<WaitOutcome | null>;

/**
 * A plan on a leg whose `play` is given; `stopPlaying` ends what plays as stopped, as the real one does, unless its media
 * hangs.
 */
function planOn(onPlay: Play = finishes, wait: Wait = async () => null, { hangs = false } = {}) {
  const played: string[] = [];
  const sent: string[] = [];
  const events: PlanEvent[] = [];
  /** The steps that were told to follow, with each event. */
  const rests: string[][] = [];
  let stop = () => {};
  const leg = {
    play: (source: string) => {
      played.push(source);
      const stopped = new Promise<PlayEnd>((resolve) => {
        stop = () => resolve({ outcome: 'stopped' });
      });
      return hangs ? onPlay(source) : Promise.race([onPlay(source), stopped]);
    },
    stopPlaying: () => stop(),
    record: recordsNothing,
    ...bridgesNothing,
    sendDigit: async (digit: string): Promise<SendEnd> => {
      sent.push(digit);
      return digit === '9'
        ? { outcome: 'failed', message: '415 Unsupported Media Type' }
        : { outcome: 'finished' };
    },
  };
  const logger = pino({ level: 'silent' });
  const keys = new PressedKeys();
  const plan = new PlanRunner({
    ...{
      leg,
      wait,
      logger,
      keys,
      onSpeech: () => () => {},
      isSpeaking: () => false,
      recordings: noRecordings(),
      ...noFurtherLegs(),
    },
    speech: null,
    bots: {
      take: () => expect.unreachable('no step has a bot'),
      parametersFor: () => ({}),
      notify: () => {},
    },
    values: () => ({ job: JOB, digits: { menu: '2' } }),
    report: (event) => {
      if ('rest' in event) rests.push(event.rest?.map(({ step }) => step) ?? []);
      const { rest: _, ...told } = event as PlanEvent & { rest?: unknown };
      events.push(told as PlanEvent);
    },
  });
  return { plan, played, sent, events, rests, keys };
}

const JOB = { id: 'job-1', callTo: 'tel:+441632960001', lane: 'default', metadata: { name: 'Ann' } };
const finishes: Play = async () => ({ outcome: 'finished' });
const neverEnds: Play = () => new Promise(() => {});
const playing = (source: string, secondsTimeout = 600): PlanStep => ({
  step: 'play',
  source,
  loop: 1,
  interruptOn: null,
  secondsTimeout,
});
const started = (step: PlanStep['step']) => ({ type: 'stepStarted', step });
const finished = { type: 'stepEnded', outcome: 'finished', error: null, data: null };
const done = { type: 'planEnded', hangsUp: false };
const hangsUp = { type: 'planEnded', hangsUp: true };

describe('a plan', () => {
  it('runs its steps in order, reports each, and ends after the last', async () => {
    const { plan, played, events } = planOn();
    await plan.run([playing('a.wav'), { step: 'hold', milliseconds: 1 }, playing('b.wav')]);
    expect(played).toEqual(['a.wav', 'b.wav']);
    expect(events).toEqual([
      started('play'),
      finished,
      started('hold'),
      finished,
      started('play'),
      finished,
      done,
    ]);
  });

  it('without steps ends at once', async () => {
    const { plan, events } = planOn();
    await plan.run([]);
    expect(events).toEqual([done]);
  });

  it('ends at a hangUp step', async () => {
    const { plan, played, events } = planOn();
    await plan.run([{ step: 'hangUp' }, playing('a.wav')]);
    expect(played).toEqual([]);
    expect(events).toEqual([started('hangUp'), finished, hangsUp]);
  });

  it('goes on after a source that cannot be played, which is a failed step with a code', async () => {
    const message = 'FreeSWITCH cannot find or open missing.wav';
    const { plan, played, events } = planOn(async () => ({ outcome: 'failed', message }));
    await plan.run([playing('missing.wav'), playing('b.wav')]);
    expect(played).toHaveLength(2);
    const error = { code: 'PLAY_FAILED', message };
    expect(events[1]).toEqual({ type: 'stepEnded', outcome: 'failed', error, data: null });
  });

  it('goes on after digits that cannot be sent, which is a failed step with a code', async () => {
    const { plan, sent, events } = planOn();
    const digits = '1923';
    const step = { step: 'sendDigits', digits, millisecondsDuration: 100, millisecondsGap: 100 } as const;
    await plan.run([step, { step: 'hangUp' }]);
    expect(sent).toEqual(['1', '9']);
    const error = { code: 'DIGITS_NOT_SENT', message: '415 Unsupported Media Type' };
    expect(events[1]).toEqual({ type: 'stepEnded', outcome: 'failed', error, data: null });
    expect(events[2]).toEqual({ type: 'stepStarted', step: 'hangUp' });
  });

  it.each(['pauseRecording', 'resumeRecording'] as const)(
    'fails %s where nothing is recorded',
    async (step) => {
      const { plan, events } = planOn();
      await plan.run([{ step }, { step: 'hangUp' }]);
      const error = { code: 'RECORDING_FAILED', message: 'the call is not being recorded' };
      expect(events[1]).toEqual({ type: 'stepEnded', outcome: 'failed', error, data: null });
      expect(events[2]).toEqual({ type: 'stepStarted', step: 'hangUp' });
    },
  );

  it('stops what plays for too long, and goes on', async () => {
    const { plan, played, events } = planOn((source) =>
      source === 'endless' ? neverEnds(source) : finishes(source),
    );
    await plan.run([playing('endless', 0.02), playing('b.wav')]);
    expect(played).toEqual(['endless', 'b.wav']);
    expect(events[1]).toMatchObject({ outcome: 'timeout', error: { code: 'STEP_TIMEOUT' } });
  });

  describe('on media that hangs, so that playing does not stop', () => {
    it('ends the step at its time limit, goes on, and ignores how playing ends later', async () => {
      let endLate = (_end: PlayEnd) => {};
      const late = new Promise<PlayEnd>((resolve) => {
        endLate = resolve;
      });
      const { plan, played, events } = planOn(
        (source) => (source === 'stuck.wav' ? late : finishes(source)),
        undefined,
        { hangs: true },
      );
      await plan.run([playing('stuck.wav', 0.02), playing('b.wav')]);
      endLate({ outcome: 'failed', message: 'too late' });
      await late;
      expect(played).toEqual(['stuck.wav', 'b.wav']);
      expect(events).toEqual([
        started('play'),
        {
          type: 'stepEnded',
          outcome: 'timeout',
          error: expect.objectContaining({ code: 'STEP_TIMEOUT' }),
          data: null,
        },
        started('play'),
        finished,
        done,
      ]);
    });

    it('ends when it is stopped', async () => {
      const { plan, events } = planOn(neverEnds, undefined, { hangs: true });
      const run = plan.run([playing('stuck.wav'), playing('b.wav')]);
      plan.stop();
      await run;
      expect(events).toEqual([started('play')]);
    });
  });

  it.each<[string, PlanStep]>([
    ['holds until somebody hangs up', { step: 'hold', milliseconds: null }],
    ['holds for a day', { step: 'hold', milliseconds: 86_400_000 }],
    ['plays without end', playing('endless')],
  ])('that %s ends when it is stopped, and then reports nothing', async (_, step) => {
    const { plan, events } = planOn(neverEnds);
    const run = plan.run([step, playing('b.wav')]);
    plan.stop();
    await run;
    expect(events).toEqual([started(step.step)]);
  });

  it('tells with each step which are to follow, those of a branch first', async () => {
    const { plan, rests, keys } = planOn(async () => {
      keys.press('1');
      return { outcome: 'finished' };
    });
    const { LIVE = [] } = planSchema.parse({
      LIVE: [
        { step: 'gather', prompt: 'menu.wav', branches: { '1': [{ step: 'notify', name: 'one' }] } },
        { step: 'hangUp' },
      ],
    });
    await plan.run(LIVE);
    expect(rests).toEqual([['hangUp'], ['notify', 'hangUp'], ['hangUp'], ['hangUp'], [], []]);
  });

  it('goes on with the next step when the app ends one', async () => {
    const { plan, played, events } = planOn(async (source) => {
      if (source === 'long.wav') queueMicrotask(() => plan.endStep());
      return source === 'long.wav' ? neverEnds(source) : { outcome: 'finished' };
    });
    await plan.run([playing('long.wav'), playing('b.wav')]);
    expect(events[1]).toMatchObject({ outcome: 'interrupted', data: { interruptedBy: 'command' } });
    expect(played).toEqual(['long.wav', 'b.wav']);
  });

  it('has the values of the call filled in', async () => {
    const { plan, played } = planOn();
    await plan.run([playing('prompts/{{metadata.name}}-{{digits.menu}}.wav')]);
    expect(played).toEqual(['prompts/Ann-2.wav']);
  });

  it('that names a value which there is not fails, and the plan goes on', async () => {
    const { plan, played, events } = planOn();
    await plan.run([playing('{{digits.other}}.wav'), playing('b.wav')]);
    expect(events[1]).toMatchObject({
      type: 'stepEnded',
      outcome: 'failed',
      error: { code: 'VALUE_MISSING', message: 'the call has no value digits.other' },
    });
    expect(played).toEqual(['b.wav']);
  });

  it('of a voice bot that names a value which there is not leads to its branch for failures', async () => {
    const { plan, played } = planOn();
    const [bot] = planSchema.parse({
      LIVE: [
        {
          step: 'stream',
          url: 'wss://bots.example.com',
          parameters: { order: '{{digits.order}}' },
          onFailed: [{ step: 'play', source: 'sorry.wav' }],
        },
      ],
    }).LIVE as PlanStep[];
    await plan.run([bot as PlanStep, playing('b.wav')]);
    expect(played).toEqual(['sorry.wav', 'b.wav']);
  });

  describe('that waits for the moment to speak to an answering machine', () => {
    const parameters = {
      millisecondsMinBeepDuration: 180,
      millisecondsPostBeepSilence: 1000,
      millisecondsNoBeepSilence: 4000,
      secondsTimeout: 10,
    };
    const waitThenPlay = (onTimeout: 'hangUp' | 'continue'): PlanStep[] => [
      { step: 'waitForAnswerMachine', ...parameters, onTimeout },
      playing('message.wav'),
    ];
    const ready: WaitOutcome = { trigger: 'beep', isReady: true, atMs: 8000 };
    const tooLate: WaitOutcome = { trigger: 'timeout', isReady: false, atMs: 12_000 };

    it('goes on when it has come, and hands the parameters over', async () => {
      const asked: WaitParameters[] = [];
      const { plan, played, events } = planOn(finishes, async (given) => {
        asked.push(given);
        return ready;
      });
      await plan.run(waitThenPlay('hangUp'));
      expect(events[1]).toEqual(finished);
      expect(asked).toEqual([parameters]);
      expect(played).toEqual(['message.wav']);
    });

    it('ends without leaving a message when it does not come', async () => {
      const { plan, played, events } = planOn(finishes, async () => tooLate);
      await plan.run(waitThenPlay('hangUp'));
      expect(events[1]).toMatchObject({ outcome: 'timeout', error: { code: 'STEP_TIMEOUT' } });
      expect(events.at(-1)).toEqual(hangsUp);
      expect(played).toEqual([]);
    });

    it('goes on all the same when the job says so', async () => {
      const { plan, played } = planOn(finishes, async () => tooLate);
      await plan.run(waitThenPlay('continue'));
      expect(played).toEqual(['message.wav']);
    });

    it.each(['hangUp', 'continue'] as const)(
      'reports no end when the call ends first (%s)',
      async (onTimeout) => {
        const { plan, played, events } = planOn(finishes, async () => {
          plan.stop();
          return null;
        });
        await plan.run(waitThenPlay(onTimeout));
        expect(events).toEqual([started('waitForAnswerMachine')]);
        expect(played).toEqual([]);
      },
    );
  });
});
