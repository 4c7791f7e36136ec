import type { PlanStep, WaitOutcome, WaitParameters } from '@outdial/contract';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { PlanRunner } from '../src/plan-runner.js';

type Play = (source: string) => Promise<'finished' | 'stopped' | 'failed'>;

type Wait = (parameters: WaitParameters) => Promise<WaitOutcome | null>;

function planOn(play: Play, wait: Wait = async () => null): { plan: PlanRunner; played: string[] } {
  const played: string[] = [];
  const leg = {
    play: (source: string) => {
      played.push(source);
      return play(source);
    },
  };
  return { plan: new PlanRunner(leg, wait, pino({ level: 'silent' })), played };
}

const finishes: Play = async () => 'finished';

describe('a plan', () => {
  it('runs its steps in order and is done after the last', async () => {
    const { plan, played } = planOn(finishes);
    const steps = [
      { step: 'play', source: 'a.wav' },
      { step: 'hold', milliseconds: 1 },
      { step: 'play', source: 'b.wav' },
    ] as const;
    await expect(plan.run(steps)).resolves.toBe(true);
    expect(played).toEqual(['a.wav', 'b.wav']);
  });

  it('without steps is done at once', async () => {
    await expect(planOn(finishes).plan.run([])).resolves.toBe(true);
  });

  it('ends at a hangUp step', async () => {
    const { plan, played } = planOn(finishes);
    await expect(plan.run([{ step: 'hangUp' }, { step: 'play', source: 'a.wav' }])).resolves.toBe(true);
    expect(played).toEqual([]);
  });

  it('goes on after a source that cannot be played', async () => {
    const { plan, played } = planOn(async () => 'failed');
    await plan.run([
      { step: 'play', source: 'missing.wav' },
      { step: 'play', source: 'b.wav' },
    ]);
    expect(played).toHaveLength(2);
  });

  it('that holds until someone hangs up ends when it is stopped, and is then not done', async () => {
    const { plan } = planOn(finishes);
    const run = plan.run([{ step: 'hold', milliseconds: null }]);
    plan.stop();
    await expect(run).resolves.toBe(false);
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
      { step: 'play', source: 'message.wav' },
    ];
    const ready: WaitOutcome = { trigger: 'beep', isReady: true, atMs: 8000 };
    const tooLate: WaitOutcome = { trigger: 'timeout', isReady: false, atMs: 12_000 };

    it('goes on when it has come, and hands the parameters over', async () => {
      const asked: WaitParameters[] = [];
      const { plan, played } = planOn(finishes, async (given) => {
        asked.push(given);
        return ready;
      });
      await expect(plan.run(waitThenPlay('hangUp'))).resolves.toBe(true);
      expect(asked).toEqual([parameters]);
      expect(played).toEqual(['message.wav']);
    });

    it('is done without leaving a message when it does not come', async () => {
      const { plan, played } = planOn(finishes, async () => tooLate);
      await expect(plan.run(waitThenPlay('hangUp'))).resolves.toBe(true);
      expect(played).toEqual([]);
    });

    it('goes on all the same when the job says so', async () => {
      const { plan, played } = planOn(finishes, async () => tooLate);
      await expect(plan.run(waitThenPlay('continue'))).resolves.toBe(true);
      expect(played).toEqual(['message.wav']);
    });

    it.each(['hangUp', 'continue'] as const)(
      'is not done when the call ends first (%s)',
      async (onTimeout) => {
        const { plan, played } = planOn(finishes, async () => {
          plan.stop();
          return null;
        });
        await expect(plan.run(waitThenPlay(onTimeout))).resolves.toBe(false);
        expect(played).toEqual([]);
      },
    );
  });
});
