import { laneQueueName } from '@outdial/contract';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

let stack: Stack;
let redis: Redis;
let lane: Queue;
beforeAll(async () => {
  stack = await Stack.start();
  redis = new Redis(stack.redis.url, { maxRetriesPerRequest: null });
  lane = new Queue(laneQueueName('default'), { connection: redis, prefix: '{outdial}' });
});
afterAll(async () => {
  await lane.close();
  redis.disconnect();
  await stack.close();
});

/** INVITEs that the lab's callees say they received for a job. */
function invites(jobId: string): number {
  return stack.callees.log.entries.filter(
    (entry) => entry.method === 'INVITE' && entry.uri !== undefined && entry.headers['X-Job'] === jobId,
  ).length;
}

describe('the same job id', () => {
  it('enqueued twice is one call with one result', async () => {
    const job = { id: 'twice', callTo: 'sip:busy@lab', headers: { 'X-Job': 'twice' } };
    await Promise.all([stack.queue.add(job), stack.queue.add(job)]);
    await stack.inbox.of('twice');
    await stack.queue.add(job);
    await stack.call({ callTo: 'sip:busy@lab' });
    expect(invites('twice')).toBe(1);
    expect(stack.inbox.count('twice')).toBe(1);
  });

  it('whose queue entry was thrown away is settled from the ledger, not dialled again', async () => {
    const job = { id: 'again', callTo: 'sip:busy@lab', headers: { 'X-Job': 'again' } };
    await stack.queue.add(job);
    await stack.inbox.of('again');
    await lane.obliterate({ force: true });
    await stack.queue.add(job);
    await stack.call({ callTo: 'sip:busy@lab' });
    expect(invites('again')).toBe(1);
    expect(stack.inbox.count('again')).toBe(1);
  });
});

describe('a garbage job put straight into Redis', () => {
  /**
   * Adds a job while the lane is paused, and spoils a field of BullMQ's record of it before anyone takes it.
   */
  async function addSpoilt(jobId: string, field: string, value: string): Promise<void> {
    await lane.pause();
    await lane.add('call', {}, { jobId });
    await redis.hset(`{outdial}:calls-default:${jobId}`, field, value);
    await lane.resume();
  }

  const garbage: Array<[what: string, put: (id: string) => Promise<unknown>]> = [
    ['with data that is no job', (jobId) => lane.add('call', { callTo: 42 }, { jobId })],
    ['with data that is no object', (jobId) => lane.add('call', 'ring ring', { jobId })],
    ['without data', (jobId) => lane.add('call', null, { jobId })],
    [
      'with the id of another job',
      (jobId) => lane.add('call', { id: 'x', callTo: 'sip:busy@lab' }, { jobId }),
    ],
    ['with data that is not JSON', (jobId) => addSpoilt(jobId, 'data', '{"callTo": ')],
    ['with options that are not JSON', (jobId) => addSpoilt(jobId, 'opts', 'nonsense')],
    [
      'that is an id without a job',
      async (jobId) => {
        await redis.lpush('{outdial}:calls-default:wait', jobId);
        await lane.add('call', { callTo: 1 }, { jobId: 'wakes-the-worker' });
      },
    ],
  ];

  it.each(garbage.map(([what, put], index) => ({ what, put, id: `garbage-${index}` })))(
    '$what becomes one result of state ERROR with the reason',
    async ({ put, id }) => {
      await put(id);
      const error = { code: 'INVALID_JOB', message: expect.stringContaining('invalid call job: ') };
      expect(await stack.inbox.of(id)).toMatchObject({ jobId: id, state: 'ERROR', cause: 'ERROR', error });
      expect(stack.inbox.count(id)).toBe(1);
    },
  );

  it('without an id of its own gets one that no other lane has', async () => {
    const { id } = await lane.add('call', { callTo: 'sip:busy@lab' });
    const result = await stack.inbox.of(`unnamed-default-${id}`);
    expect(result).toMatchObject({ state: 'ERROR', error: { code: 'INVALID_JOB' } });
  });

  it('hurts nothing else', async () => {
    expect(await stack.call({ callTo: 'sip:busy@lab' })).toMatchObject({ cause: 'BUSY' });
  });
});

describe('cancelling', () => {
  it('a job that waits ends it as IDLE, CANCELLED, without a dial', async () => {
    await stack.queue.pauseLane('paused');
    const { id } = await stack.queue.add({ callTo: 'sip:human@lab', lane: 'paused' });
    await stack.queue.cancel(id);
    expect(await stack.inbox.of(id)).toMatchObject({
      state: 'IDLE',
      cause: 'CANCELLED',
      callId: null,
      error: { code: 'CANCELLED' },
    });
  });

  it('a ringing call ends it as IDLE, CANCELLED', async () => {
    const { id } = await stack.queue.add({ callTo: 'sip:no-answer@lab' });
    await stack.event(id, 'ringing');
    await stack.queue.cancel(id);
    expect(await stack.inbox.of(id)).toMatchObject({ state: 'IDLE', cause: 'CANCELLED', rang: true });
  });

  it('an answered call hangs it up', async () => {
    const { id } = await stack.queue.add({
      callTo: 'sip:human@lab',
      onAnswered: { otherwise: [{ step: 'hold', milliseconds: null }] },
    });
    await stack.event(id, 'answered');
    await stack.queue.cancel(id);
    expect((await stack.event(id, 'ended')).ended).toMatchObject({
      endedBy: 'CANCELLED',
      cause: 'CANCELLED',
      error: { code: 'CANCELLED' },
    });
  });
});
