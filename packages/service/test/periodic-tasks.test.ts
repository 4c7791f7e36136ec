import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { PeriodicTasks } from '../src/lifecycle/periodic-tasks.js';

const logger = pino({ level: 'silent' });

describe('periodic tasks', () => {
  it('run again after a run that failed', async () => {
    let count = 0;
    let second = () => {};
    const hasRunTwice = new Promise<void>((resolve) => {
      second = resolve;
    });
    const run = async () => {
      count += 1;
      if (count === 1) throw new Error('the first fails');
      second();
    };
    const tasks = new PeriodicTasks(logger, [{ name: 'test', everyMs: 1, run }]);
    tasks.start();
    await hasRunTwice;
    await tasks.close();
    expect(count).toBeGreaterThanOrEqual(2);
  });

  it('wait for a run under way when they are closed', async () => {
    const order: string[] = [];
    let finish = () => {};
    let started = () => {};
    const hasStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    const run = async () => {
      started();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      order.push('run');
    };
    const tasks = new PeriodicTasks(logger, [{ name: 'test', everyMs: 1, run }]);
    tasks.start();
    await hasStarted;
    const closed = tasks.close().then(() => order.push('closed'));
    finish();
    await closed;
    expect(order).toEqual(['run', 'closed']);
  });
});
