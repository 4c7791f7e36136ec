import { expect, it } from 'vitest';
import { SilenceWatch } from '../../src/call/silence-watch.js';

/** A leg whose packet counts are given one after the other; the last stays. */
function legWith(counts: Array<number | null>, { isOnHold = false } = {}) {
  let looks = 0;
  const leg = {
    isOnHold,
    async packetsReceived() {
      looks += 1;
      return counts[Math.min(looks, counts.length) - 1] ?? null;
    },
  };
  return { leg, looks: () => looks };
}

/** Resolves with the looks that were taken until silence was reported. */
function silenceOf({ leg, looks }: ReturnType<typeof legWith>, seconds: number): Promise<number> {
  return new Promise((resolve) => {
    new SilenceWatch(leg, seconds, () => resolve(looks()));
  });
}

it('a callee that sends nothing is silent after the time limit', async () => {
  expect(await silenceOf(legWith([0]), 0.5)).toBeGreaterThanOrEqual(2);
});

it('packets start the time again', async () => {
  expect(await silenceOf(legWith([10, 20, 30, 40, 50]), 0.5)).toBeGreaterThanOrEqual(6);
});

it('time in which the packets cannot be counted is no silence', async () => {
  expect(await silenceOf(legWith([5, null, null, null, null, 5]), 0.5)).toBeGreaterThanOrEqual(6);
});

it('a call on hold is not silent', async () => {
  const held = legWith([7], { isOnHold: true });
  let isReported = false;
  const watch = new SilenceWatch(held.leg, 0.2, () => {
    isReported = true;
  });
  await expect.poll(held.looks, { timeout: 10_000 }).toBeGreaterThan(4);
  watch.close();
  expect(isReported).toBe(false);
});

it('a watch that was closed reports nothing', async () => {
  const { leg, looks } = legWith([7]);
  let isReported = false;
  const watch = new SilenceWatch(leg, 0.2, () => {
    isReported = true;
  });
  await expect.poll(looks, { timeout: 10_000 }).toBe(1);
  watch.close();
  const other = legWith([7]);
  await silenceOf(other, 0.2);
  expect(isReported).toBe(false);
});
