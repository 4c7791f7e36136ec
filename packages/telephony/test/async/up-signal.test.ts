import { describe, expect, it } from 'vitest';
import { UpSignal } from '../../src/async/up-signal.js';

describe('waiting for a server', () => {
  it('ends for every caller when a server answers, and for one whose signal aborts at once', async () => {
    const signal = new UpSignal();
    const order: string[] = [];
    const wait = async (name: string, aborted?: AbortSignal) => {
      await signal.wait(aborted);
      order.push(name);
    };
    const abort = new AbortController();
    const others = [wait('first'), wait('second')];
    const abortedWait = wait('aborted', abort.signal);
    abort.abort();
    await abortedWait;
    signal.fire();
    await Promise.all(others);
    expect(order).toEqual(['aborted', 'first', 'second']);
    await wait('already aborted', AbortSignal.abort());
    expect(order).toHaveLength(4);
  });
});
