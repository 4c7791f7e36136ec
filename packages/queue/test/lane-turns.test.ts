import { laneRateKey } from '@outdial/contract';
import { checkLuaFiles } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import { type LaneTurn, LaneTurns } from '../src/index.js';
import { useRedis } from './support.js';

const redis = useRedis();
const PATIENT = { maxWaitMs: Number.POSITIVE_INFINITY, signal: new AbortController().signal };

function timesOf(turns: readonly LaneTurn[]): number[] {
  return turns.map((turn) => (turn.kind === 'now' ? turn.at : Number.NaN)).sort((a, b) => a - b);
}

/** The shortest time from one turn to the one that comes `count` later, in milliseconds. */
function shortest(times: readonly number[], count: number): number {
  return Math.min(...times.slice(count).map((at, index) => at - (times[index] ?? 0)));
}

describe("a lane's turns", () => {
  it('come evenly over all workers, and never one more in a second than the limit', async () => {
    const { lanes, prefix } = redis.lanes();
    await lanes.setLimits('default', { callsPerSecond: 20 });
    const workers = Array.from({ length: 4 }, () => new LaneTurns(redis.connect(), prefix));
    const turns = workers.flatMap((worker) =>
      Array.from({ length: 12 }, () => worker.take('default', PATIENT)),
    );
    const times = timesOf(await Promise.all(turns));
    expect(times).toHaveLength(48);
    expect(shortest(times, 20)).toBeGreaterThan(1000);
    // The grid has a point every 50.5 ms; a turn may be up to 5 ms behind its point.
    expect(shortest(times, 1)).toBeGreaterThan(45);
  });

  it('come slower than once a second where the limit says so', async () => {
    const { lanes, prefix } = redis.lanes();
    await lanes.setLimits('default', { callsPerSecond: 0.1 });
    const turns = new LaneTurns(redis.connect(), prefix);
    expect(await turns.take('default', { ...PATIENT, maxWaitMs: 0 })).toMatchObject({ kind: 'now' });
    const next = await turns.take('default', { ...PATIENT, maxWaitMs: 5000 });
    expect(next).toEqual({ kind: 'later', waitMs: expect.closeTo(10_000, -4) });
  });

  it('come at once without a limit, and each lane has its own', async () => {
    const { lanes, prefix } = redis.lanes();
    await lanes.setLimits('slow', { callsPerSecond: 0.001 });
    const turns = new LaneTurns(redis.connect(), prefix);
    await turns.take('slow', PATIENT);
    for (let i = 0; i < 10; i++) {
      expect(await turns.take('default', { ...PATIENT, maxWaitMs: 0 })).toMatchObject({ kind: 'now' });
    }
  });

  it('go by a changed limit at once, for those that wait already', async () => {
    const { lanes, prefix } = redis.lanes();
    await lanes.setLimits('default', { callsPerSecond: 0.001 });
    const turns = new LaneTurns(redis.connect(), prefix);
    await turns.take('default', PATIENT);
    const waiting = [1, 2, 3].map(() => turns.take('default', PATIENT));
    await lanes.setLimits('default', { callsPerSecond: 500 });
    expect((await Promise.all(waiting)).map(({ kind }) => kind)).toEqual(['now', 'now', 'now']);
    await lanes.setLimits('default', { callsPerSecond: 0.001 });
    expect(await turns.take('default', { ...PATIENT, maxWaitMs: 0 })).toMatchObject({ kind: 'later' });
    await lanes.setLimits('default', { callsPerSecond: null });
    expect(await turns.take('default', { ...PATIENT, maxWaitMs: 0 })).toMatchObject({ kind: 'now' });
  });

  it('are not given in a lane that is paused or has no concurrency, and those that wait are told', async () => {
    const { lanes, prefix } = redis.lanes();
    await lanes.setLimits('default', { callsPerSecond: 0.001 });
    const turns = new LaneTurns(redis.connect(), prefix);
    await turns.take('default', PATIENT);
    const waiting = turns.take('default', PATIENT);
    await lanes.pause('default');
    expect(await waiting).toEqual({ kind: 'paused' });
    await lanes.resume('default');
    await lanes.setLimits('default', { callsPerSecond: null, concurrency: 0 });
    expect(await turns.take('default', PATIENT)).toEqual({ kind: 'paused' });
    await lanes.setLimits('default', { concurrency: 1 });
    expect(await turns.take('default', PATIENT)).toMatchObject({ kind: 'now' });
  });

  it('are not waited for once the signal aborts, and none is used up', async () => {
    const { lanes, prefix, redis: client } = redis.lanes();
    await lanes.setLimits('default', { callsPerSecond: 0.001 });
    const turns = new LaneTurns(redis.connect(), prefix);
    await turns.take('default', PATIENT);
    const lastAt = await client.hget(laneRateKey(prefix, 'default'), 'lastAt');
    const stop = new AbortController();
    const waiting = [1, 2, 3].map(() => turns.take('default', { ...PATIENT, signal: stop.signal }));
    stop.abort();
    expect(await Promise.all(waiting)).toEqual([1, 2, 3].map(() => ({ kind: 'aborted' })));
    expect(await client.hget(laneRateKey(prefix, 'default'), 'lastAt')).toBe(lastAt);
  });

  it('go on when the clock of Redis was set back', async () => {
    const { lanes, prefix, redis: client } = redis.lanes();
    await lanes.setLimits('default', { callsPerSecond: 100 });
    const turns = new LaneTurns(redis.connect(), prefix);
    await client.hset(laneRateKey(prefix, 'default'), 'lastAt', Date.now() + 3_600_000);
    const next = await turns.take('default', { ...PATIENT, maxWaitMs: 0 });
    expect(next).toEqual({ kind: 'later', waitMs: expect.closeTo(10, 0) });
  });
});

describe('the Lua scripts of lanes', () => {
  it.each(checkLuaFiles(new URL('../src/lanes/lua/', import.meta.url)))(
    '$path parses, uses nothing that is not defined, and says what it answers',
    ({ text, problems }) => {
      expect(problems).toEqual([]);
      expect(text.slice(0, text.indexOf(']]'))).toMatch(/\nAnswer:/);
    },
  );
});
