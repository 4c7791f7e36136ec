import { describe, expect, it } from 'vitest';
import { eventually, useRedis } from './support.js';

const redis = useRedis();
const IDS = ['one', 'two', 'three', 'four'];

describe("a lane's settings", () => {
  it('are none at first, and are what was set', async () => {
    const { lanes } = redis.lanes();
    expect(await lanes.settings('default')).toEqual({
      callsPerSecond: null,
      concurrency: null,
      isPaused: false,
    });
    await lanes.setLimits('default', { callsPerSecond: 2.5, concurrency: 0 });
    await lanes.pause('default');
    expect(await lanes.settings('default')).toEqual({ callsPerSecond: 2.5, concurrency: 0, isPaused: true });
    await lanes.resume('default');
    await lanes.setLimits('default', { concurrency: null });
    expect(await lanes.settings('default')).toEqual({
      callsPerSecond: 2.5,
      concurrency: null,
      isPaused: false,
    });
    await lanes.setLimits('default', { callsPerSecond: null });
    expect((await lanes.settings('default')).callsPerSecond).toBeNull();
  });

  it('keep workers from taking jobs that they would have to hold, and a raised rate holds for them at once', async () => {
    const { lanes, add, work } = redis.lanes();
    await lanes.setLimits('default', { callsPerSecond: 0.001 });
    const taken: string[] = [];
    work(async ({ id = '' }) => void taken.push(id));
    await add(...IDS);
    await eventually(() => taken).toEqual(['one']);
    expect(await lanes.queue('default').getWaitingCount()).toBe(3);
    await lanes.setLimits('default', { callsPerSecond: 1000 });
    await eventually(() => new Set(taken)).toEqual(new Set(IDS));
  });

  it('pause a lane, whose jobs wait until it is resumed', async () => {
    const { lanes, add, work } = redis.lanes();
    await lanes.pause('default');
    const taken: string[] = [];
    const worker = work(async ({ id = '' }) => void taken.push(id));
    await add(...IDS);
    expect(await worker.getNextJob('token', { block: false })).toBeUndefined();
    await lanes.resume('default');
    await eventually(() => new Set(taken)).toEqual(new Set(IDS));
  });

  it('let no call begin with a concurrency of 0, and wake the workers when it is raised', async () => {
    const { lanes, add, work } = redis.lanes();
    await lanes.setLimits('default', { concurrency: 0 });
    const taken: string[] = [];
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const worker = work(async ({ id = '' }) => {
      taken.push(id);
      await released;
    });
    await add(...IDS);
    expect(await worker.getNextJob('token', { block: false })).toBeUndefined();
    await lanes.setLimits('default', { concurrency: 2 });
    await eventually(() => new Set(taken)).toEqual(new Set(['one', 'two']));
    await lanes.setLimits('default', { concurrency: null });
    await eventually(() => new Set(taken)).toEqual(new Set(IDS));
    release();
  });
});
