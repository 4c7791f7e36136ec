import { CallQueue } from '@outdial/client';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Environment, outdial } from './support/outdial.js';

let redis: RedisServer;
let env: Environment;
let queue: CallQueue;
let prefixes = 0;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());

beforeEach(() => {
  const prefix = `{lanes-${prefixes++}}`;
  env = { OUTDIAL_REDIS_URL: redis.url, OUTDIAL_PREFIX: prefix };
  queue = new CallQueue({ redis: redis.url, prefix });
  return () => queue.close();
});

function jobs(...ids: string[]) {
  return ids.map((id) => ({ id, callTo: 'sip:human@lab', lane: 'urgent', label: 'spring' }));
}

describe('outdial lanes', () => {
  it('lists the lanes with their jobs, workers and limits', async () => {
    await queue.addBulk(jobs('one', 'two'));
    await queue.setLaneLimits('urgent', { callsPerSecond: 2.5 });
    const listed = await outdial(['lanes'], env);
    expect(listed).toMatchObject({ status: 0, stderr: '' });
    const [title, ...lanes] = listed.stdout.trimEnd().split('\n');
    expect(title?.trim().split(/ {2,}/)).toEqual([
      ...['lane', 'workers', 'waiting', 'active', 'delayed', 'calls/s', 'at once'],
    ]);
    expect(lanes.map((line) => line.trim().split(/ +/))).toEqual([
      ['default', '0', '0', '0', '0', '-', '-'],
      ['urgent', '0', '2', '0', '0', '2.5', '-'],
    ]);
    const records = (await outdial(['lanes', '--json'], env)).records();
    expect(records[1]).toMatchObject({ lane: 'urgent', waiting: 2, callsPerSecond: 2.5, isPaused: false });
  });

  it('limits a lane, and lifts limits', async () => {
    const limited = await outdial(['lanes', 'limit', 'urgent', '--rate', '0.5', '--concurrency', '0'], env);
    expect(limited).toMatchObject({
      status: 0,
      stdout: 'lane urgent: 0.5 calls a second, 0 calls at once\n',
    });
    const lifted = await outdial(['lanes', 'limit', 'urgent', '--rate', 'none', '--json'], env);
    expect(lifted.records()).toMatchObject([{ lane: 'urgent', callsPerSecond: null, concurrency: 0 }]);
  });

  it('pauses and resumes a lane', async () => {
    const paused = await outdial(['lanes', 'pause', 'urgent'], env);
    expect(paused.stdout).toBe('lane urgent: paused, no rate limit, any number of calls at once\n');
    expect((await queue.laneSettings('urgent')).isPaused).toBe(true);
    expect((await outdial(['lanes'], env)).stdout).toMatch(/urgent .* paused\n$/);
    await outdial(['lanes', 'resume', 'urgent'], env);
    expect((await queue.laneSettings('urgent')).isPaused).toBe(false);
  });

  it('notes a lane that nobody has named before, whose name may be mistyped', async () => {
    await queue.addBulk(jobs('one'));
    const mistyped = await outdial(['lanes', 'cancel', 'urgnt'], env);
    expect(mistyped).toMatchObject({
      status: 0,
      stdout: 'lane urgnt: 0 cancelled while they waited, 0 calls are being ended\n',
      stderr: 'no job and no worker has named lane "urgnt" before; there are default, urgent\n',
    });
    expect((await outdial(['lanes', 'pause', 'urgent'], env)).stderr).toBe('');
  });

  it.each([
    { args: ['lanes', 'help', 'limit'], usage: 'lanes limit' },
    { args: ['lanes', 'pause', '--help'], usage: 'lanes pause' },
    { args: ['labels', 'help', 'count'], usage: 'labels count' },
  ])('has help for $args, with --json', async ({ args, usage }) => {
    const { status, stdout } = await outdial(args);
    expect(status).toBe(0);
    expect(stdout).toContain(`Usage: outdial ${usage}`);
    expect(stdout).toContain('--json');
  });

  it('cancels all jobs of a lane', async () => {
    await queue.addBulk([...jobs('one', 'two'), { id: 'three', callTo: 'sip:human@lab' }]);
    const cancelled = await outdial(['lanes', 'cancel', 'urgent'], env);
    expect(cancelled.stdout).toBe('lane urgent: 2 cancelled while they waited, 0 calls are being ended\n');
    expect(await queue.counts()).toMatchObject({ waiting: 1 });
    const again = await outdial(['lanes', 'cancel', 'urgent', '--json'], env);
    expect(again.records()).toEqual([{ lane: 'urgent', cancelled: 0, ending: 0, ended: 0 }]);
  });

  it.each([
    [['limit', 'urgent'], 'name --rate, --concurrency, or both'],
    [['limit', 'urgent', '--rate', '-1'], 'Expected a number above 0, or "none".'],
    [['limit', 'urgent', '--rate', 'fast'], 'Expected a number.'],
    [['limit', 'urgent', '--concurrency', '1.5'], 'Expected a whole number from 0, or "none".'],
    [['pause', 'no lane'], 'a lane is 1 to 64 letters'],
    [['cancel'], "missing required argument 'lane'"],
  ])('refuses %j', async (args, message) => {
    const refused = await outdial(['lanes', ...args], env);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(message);
  });
});

describe('outdial labels', () => {
  it('counts the jobs of a label, and cancels them', async () => {
    await queue.addBulk([...jobs('one', 'two'), { id: 'three', callTo: 'sip:human@lab', label: 'spring' }]);
    await queue.cancel('one');
    const counted = await outdial(['labels', 'count', 'spring'], env);
    expect(counted.stdout).toBe(
      'label spring: 2 waiting, 0 in progress; results: 0 answered, 1 not answered, 0 failed\n',
    );
    const cancelled = await outdial(['labels', 'cancel', 'spring'], env);
    expect(cancelled.stdout).toBe('label spring: 2 cancelled while they waited, 0 calls are being ended\n');
    const records = (await outdial(['labels', 'count', 'spring', '--json'], env)).records();
    expect(records).toMatchObject([{ label: 'spring', waiting: 0, results: { IDLE: 3 } }]);
    expect((await outdial(['labels', 'count', 'no label'], env)).status).toBe(2);
  });
});
