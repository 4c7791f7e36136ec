import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { PlanRunner } from '../src/plan-runner.js';

type Play = (source: string) => Promise<'finished' | 'stopped' | 'failed'>;

function planOn(play: Play): { plan: PlanRunner; played: string[] } {
  const played: string[] = [];
  const leg = {
    play: (source: string) => {
      played.push(source);
      return play(source);
    },
  };
  return { plan: new PlanRunner(leg, pino({ level: 'silent' })), played };
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
});
