import { describe, expect, it } from 'vitest';
import { CallLimit } from '../../src/pace/call-limit.js';

const EVERY_MS = 25;

/** Looks at the limit for so long; `carries` calls can be held without being late, and as many as are allowed are held. */
function runs(limit: CallLimit, seconds: number, carries: number, from = 0): number[] {
  const allowed: number[] = [];
  let held = limit.calls;
  for (let at = from; at < from + seconds * 1000; at += EVERY_MS) {
    limit.look(held > carries, held, at);
    // A call that is held ends within a second or so.
    held = limit.isLate ? Math.max(held * 0.98, 1) : limit.calls;
    allowed.push(limit.calls);
  }
  return allowed;
}

describe('the limit of calls', () => {
  it('is what is configured while nothing is late', () => {
    expect(new Set(runs(new CallLimit(100), 10, 100))).toEqual(new Set([100]));
  });

  it('comes close to what the machine carries, and stays there', () => {
    const allowed = runs(new CallLimit(400), 60, 100);
    const last = allowed.slice(-800);
    expect(Math.min(...last)).toBeGreaterThan(85);
    expect(Math.max(...last)).toBeLessThan(140);
  });

  it('is not lowered by a single look that was late, which stops the taking for that moment', () => {
    const limit = new CallLimit(100);
    limit.look(false, 50, 0);
    limit.look(true, 50, 25);
    expect(limit).toMatchObject({ isLate: true, isLowered: false, calls: 100 });
    limit.look(false, 50, 50);
    expect(limit).toMatchObject({ isLate: false, calls: 100 });
  });

  it('falls below what is held, once a second, and not below ten calls or what is configured', () => {
    const limit = new CallLimit(100);
    for (let at = 0; at < 500; at += EVERY_MS) limit.look(true, 20, at);
    expect(limit).toMatchObject({ isLowered: true, calls: 18 });
    for (let at = 500; at < 60_000; at += EVERY_MS) limit.look(true, 1, at);
    expect(limit.calls).toBe(10);
    const few = new CallLimit(4);
    for (let at = 0; at < 60_000; at += EVERY_MS) few.look(true, 4, at);
    expect(few).toMatchObject({ isLowered: false, calls: 4 });
  });

  it('rises to what is configured once nothing is late any more', () => {
    const limit = new CallLimit(40);
    runs(limit, 5, 15);
    expect(limit.calls).toBeLessThan(40);
    runs(limit, 15, 40, 5000);
    expect(limit).toMatchObject({ isLowered: false, calls: 40 });
  });
});
