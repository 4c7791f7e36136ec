import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Rounds } from '../src/rounds.js';

const logger = pino({ level: 'silent' });

describe('rounds', () => {
  it('go on after one that failed', async () => {
    let count = 0;
    let second = () => {};
    const hasRunTwice = new Promise<void>((resolve) => {
      second = resolve;
    });
    const round = async () => {
      count += 1;
      if (count === 1) throw new Error('the first fails');
      second();
    };
    const rounds = new Rounds(logger, [{ name: 'test', everyMs: 1, round }]);
    rounds.start();
    await hasRunTwice;
    await rounds.stop();
    expect(count).toBeGreaterThanOrEqual(2);
  });

  it('wait, when stopped, for what is under way', async () => {
    const order: string[] = [];
    let finish = () => {};
    let started = () => {};
    const hasStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    const round = async () => {
      started();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      order.push('round');
    };
    const rounds = new Rounds(logger, [{ name: 'test', everyMs: 1, round }]);
    rounds.start();
    await hasStarted;
    const stopped = rounds.stop().then(() => order.push('stopped'));
    finish();
    await stopped;
    expect(order).toEqual(['round', 'stopped']);
  });
});
