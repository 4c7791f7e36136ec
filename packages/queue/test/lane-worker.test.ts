import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DelayedError, type LaneJob, moveToDelayed } from '../src/index.js';
import { eventually, useRedis } from './support.js';

const redis = useRedis();

/** A handler whose jobs go on until they are ended, each by its id. */
function held() {
  const ends = new Map<string, () => void>();
  return {
    ends,
    handle: ({ id = '' }: LaneJob) => new Promise<void>((resolve) => void ends.set(id, resolve)),
  };
}

it('takes no more jobs than it is allowed, and more at once when it may again, though none ends', async () => {
  const lane = redis.lanes();
  const { ends, handle } = held();
  await lane.add('one', 'two', 'three', 'four');
  const worker = lane.work(handle, { concurrency: 1 });
  await eventually(() => ends.size).toBe(1);
  expect(worker.held).toBe(1);
  worker.allow(3);
  await eventually(() => ends.size).toBe(3);
  worker.allow(1);
  for (const id of ['one', 'two', 'three']) ends.get(id)?.();
  await eventually(() => ends.size).toBe(4);
  expect(worker.held).toBe(1);
  ends.get('four')?.();
  await eventually(() => worker.held).toBe(0);
});

it('renews the lock of a job from its fetch on, and loses none of a job that was given back meanwhile', async () => {
  const lane = redis.lanes();
  await lane.add('kept', 'given-back');
  const { ends, handle } = held();
  const connection = redis.connect();
  const taken: string[] = [];
  const worker = lane.work(async (job) => {
    taken.push(job.id ?? '');
    if (job.id === 'kept') return handle(job);
    await moveToDelayed(job, 60_000);
    // Not told to BullMQ yet: its lock is renewed once more.
    const [id = '', token = ''] = [job.id, job.token];
    expect(await worker.extendJobLocks([id], [token], 10_000).then(() => worker.held)).toBe(2);
    throw new DelayedError();
  });
  const errors: Error[] = [];
  worker.on('error', (error) => errors.push(error));
  await eventually(() => taken.toSorted()).toEqual(['given-back', 'kept']);
  await eventually(() => worker.held).toBe(1);
  expect(await worker.extendJobLocks(['given-back'], ['gone'], 10_000)).toEqual([]);
  await connection.del(`${lane.prefix}:calls-default:kept:lock`);
  expect(await worker.extendJobLocks(['kept'], ['another'], 10_000)).toEqual(['kept']);
  expect(errors).toEqual([]);
  ends.get('kept')?.();
  await delay(0);
});
