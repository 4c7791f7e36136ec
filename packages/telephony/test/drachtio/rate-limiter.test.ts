import { describe, expect, it } from 'vitest';
import { type Clock, RateLimiter } from '../../src/drachtio/rate-limiter.js';

/** A clock that stands still until it is told the time; it records how long each caller asked to wait. */
function manualClock(): Clock & { set(now: number): void; waits: number[] } {
  let time = 0;
  const waits: number[] = [];
  return {
    waits,
    now: () => time,
    set: (now) => {
      time = now;
    },
    sleep: async (milliseconds, signal) => {
      waits.push(milliseconds);
      if (signal !== undefined)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  };
}

describe('the turns of a drachtio server', () => {
  it('that are asked for at once are spaced evenly', async () => {
    const clock = manualClock();
    const limiter = new RateLimiter(2, clock);
    await Promise.all([limiter.turn(), limiter.turn(), limiter.turn()]);
    expect(clock.waits).toEqual([500, 1000]);
  });

  it('come at once when the last was long enough ago, and time that passed unused is not made up for', async () => {
    const clock = manualClock();
    const limiter = new RateLimiter(2, clock);
    await limiter.turn();
    clock.set(10_000);
    await limiter.turn();
    expect(clock.waits).toEqual([]);
    await limiter.turn();
    expect(clock.waits).toEqual([500]);
  });

  it('are no longer waited for once the signal aborts', async () => {
    const limiter = new RateLimiter(0.001);
    await limiter.turn();
    const abort = new AbortController();
    const turn = limiter.turn(abort.signal);
    abort.abort();
    await turn;
  });
});
