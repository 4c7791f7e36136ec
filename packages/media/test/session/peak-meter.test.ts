import type { HeardPeaks } from '@outdial/contract';
import { expect, it } from 'vitest';
import { PeakMeter } from '../../src/session/peak-meter.js';

/** 20 ms at a level. */
const frame = (level: number) => new Int16Array(160).fill(level);

function meterOf(seconds: number) {
  const heard: HeardPeaks[] = [];
  let fullAt = 0;
  const meter = new PeakMeter(
    seconds,
    (part) => heard.push(part),
    () => {
      fullAt += 1;
    },
  );
  return {
    meter,
    heard,
    get timesFull() {
      return fullAt;
    },
    get peaks() {
      return heard.flatMap((part) => part.peaks);
    },
  };
}

it('tells the loudest sample of each 20 ms, part by part, each part with its time', () => {
  const metered = meterOf(10);
  const { meter, heard } = metered;
  for (let i = 0; i < 12; i++) meter.audio(frame(i % 2 === 0 ? -1280 : 32_767), i * 160);
  expect(heard).toHaveLength(1);
  meter.close();
  expect(metered.peaks).toEqual(Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 10 : 255)));
  const [first, second] = heard as [HeardPeaks, HeardPeaks];
  expect(second.startedAt - first.startedAt).toBe(first.peaks.length * 20);
  expect(Math.abs(first.startedAt + 20 - Date.now())).toBeLessThan(10_000);
});

it('has 0 where nothing came, whatever the length of the frames', () => {
  const metered = meterOf(10);
  metered.meter.audio(new Int16Array(240).fill(2560), 80);
  metered.meter.quiet(frame(256), 4 * 160);
  metered.meter.close();
  expect(metered.peaks).toEqual([20, 20, 0, 0, 2]);
});

it('ends when it has heard enough, once', () => {
  const metered = meterOf(0.1);
  for (let i = 0; i < 8; i++) metered.meter.audio(frame(1280), i * 160);
  // Far ahead, and back again.
  metered.meter.audio(frame(1280), 1e9);
  metered.meter.audio(frame(1280), 0);
  expect(metered.peaks).toEqual([10, 10, 10, 10, 10]);
  expect(metered.timesFull).toBeGreaterThan(0);
});
