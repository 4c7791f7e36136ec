import { describe, expect, it } from 'vitest';
import { UpSignal } from '../src/up-signal.js';

describe('those who wait for a server', () => {
  it('all go on when one answers, and whoever gives up goes on at once', async () => {
    const signal = new UpSignal();
    const order: string[] = [];
    const wait = async (name: string, aborted?: AbortSignal) => {
      await signal.wait(aborted);
      order.push(name);
    };
    const impatience = new AbortController();
    const patient = [wait('first'), wait('second')];
    const impatient = wait('impatient', impatience.signal);
    impatience.abort();
    await impatient;
    signal.fire();
    await Promise.all(patient);
    expect(order).toEqual(['impatient', 'first', 'second']);
    await wait('too late to wait', AbortSignal.abort());
    expect(order).toHaveLength(4);
  });
});
