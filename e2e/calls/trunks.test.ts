import { CallQueue } from '@outdial/client';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ withWorker: false });
  const trunk = { name: 'narrow', address: stack.callees.sipAddress, callerIds: 'any' as const, maxCalls: 1 };
  const closed = {
    name: 'closed',
    address: `127.0.0.1:${await getPort()}`,
    callerIds: ['+441632960998'],
    prefixes: ['+4416329600'],
  };
  await stack.startWorker({
    telephony: { ...stack.configuration().telephony, trunks: [closed, trunk] },
  });
});
afterAll(() => stack.close());

describe('a trunk that carries all the calls that it may', () => {
  it('makes jobs wait for their turn, which uses up none of their tries', async () => {
    const queue = new CallQueue({ redis: stack.redis.url, attempts: 1 });
    const onAnswered = { otherwise: [{ step: 'hold' as const, milliseconds: 500 }] };
    const human = { callTo: 'tel:+441632960001', callFrom: '+441632960999', trunk: 'narrow', onAnswered };
    const jobs = await queue.addBulk([human, human, human]);
    await queue.close();
    const results = await stack.inbox.ofAll(jobs.map(({ id }) => id));
    expect(results.map(({ state, trunk }) => [state, trunk])).toEqual(jobs.map(() => ['ANSWERED', 'narrow']));
    const ended = await Promise.all(jobs.map(({ id }) => stack.event(id, 'ended')));
    const calls = ended
      .map(({ ended: { timings } }) => [timings.answeredAt ?? 0, timings.endedAt ?? 0] as const)
      .sort(([one], [other]) => one - other);
    for (const [index, [answeredAt]] of calls.entries())
      expect(answeredAt).toBeGreaterThanOrEqual(calls[index - 1]?.[1] ?? 0);
  });
});

describe('a trunk that cannot be reached', () => {
  it('is left for the next one, and the result and the ended record name that', async () => {
    const queue = new CallQueue({ redis: stack.redis.url });
    const { id } = await queue.add({ callTo: 'tel:+441632960001', callFrom: '+441632960998' });
    await queue.close();
    const [result] = await stack.inbox.ofAll([id]);
    expect(result).toMatchObject({ state: 'ANSWERED', trunk: 'narrow' });
    const { ended } = await stack.event(id, 'ended');
    expect(ended.trunk).toBe('narrow');
  });
});
