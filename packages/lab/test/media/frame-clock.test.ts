import { describe, expect, it } from 'vitest';
import { FrameClock } from '../../src/media/frame-clock.js';

/** Resolves with how many frames come in one burst after a stall of the process, on a clock of the test's own. */
function framesAfterStall(milliseconds: number): Promise<number> {
  let nowMs = 0;
  const clock = new FrameClock(() => nowMs);
  let isStalled = false;
  let frames = 0;
  return new Promise((resolve) => {
    const stop = clock.start(() => {
      if (!isStalled) {
        isStalled = true;
        nowMs += milliseconds;
        return;
      }
      if (frames === 0) {
        setImmediate(() => {
          stop();
          resolve(frames);
        });
      }
      frames += 1;
    });
    // The first frame is due.
    nowMs = 5;
  });
}

describe('the frame clock', () => {
  it('makes up for a short stall frame by frame', async () => {
    expect(await framesAfterStall(110)).toBeGreaterThanOrEqual(5);
  });

  it('makes up for 200 ms of a long stall, and lets the rest go', async () => {
    const frames = await framesAfterStall(1000);
    expect(frames).toBeGreaterThanOrEqual(10);
    expect(frames).toBeLessThanOrEqual(11);
  });

  it('goes on for those that are left when one stops, even within a frame', async () => {
    const clock = new FrameClock();
    const heard: string[] = [];
    await new Promise<void>((resolve) => {
      const stopFirst = clock.start(() => {
        heard.push('first');
        stopFirst();
      });
      const stopSecond = clock.start(() => {
        heard.push('second');
        if (heard.length < 4) return;
        stopSecond();
        const stopThird = clock.start(() => {
          stopThird();
          resolve();
        });
      });
    });
    expect(heard).toEqual(['first', 'second', 'second', 'second']);
  });
});
