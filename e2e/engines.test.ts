import { CallQueue } from '@outdial/client';
import { startSipp } from '@outdial/testkit';
import getPort from 'get-port';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Stack } from './stack.js';

let stack: Stack;
beforeEach(async () => {
  stack = await Stack.start({ withWorker: false });
});
afterEach(() => stack.stop());

/** Places a job that is tried twice before it is given up. */
async function callTriedTwice(callTo: string) {
  const queue = new CallQueue({ redis: stack.redis.url, attempts: 2, backoffMs: 50 });
  const { id } = await queue.add({ callTo });
  const result = await stack.inbox.of(id);
  await queue.close();
  return result;
}

describe('a server that is down', () => {
  it.each([
    ['drachtio', 'NO_DRACHTIO'],
    ['freeswitch', 'NO_FREESWITCH'],
  ])('%s: the dial is tried again, then the result says %s, and nobody was rung', async (kind, code) => {
    const nobody = { host: '127.0.0.1', port: await getPort({ host: '127.0.0.1' }), secret: 'none' };
    const { telephony } = stack.configuration();
    const worker = await stack.startWorkerUnready({
      telephony: { ...telephony, [kind]: [nobody], serverWaitSeconds: 0.5 },
    });
    expect(await callTriedTwice('sip:human@lab')).toMatchObject({
      state: 'ERROR',
      cause: 'ERROR',
      callId: null,
      error: { code },
    });
    const ready = await fetch(`http://127.0.0.1:${worker.healthPort}/readyz`);
    expect(ready.status).toBe(503);
    const { servers } = (await ready.json()) as { servers: unknown[] };
    expect(servers).toContainEqual(
      expect.objectContaining({ kind, isUp: false, problem: expect.any(String) }),
    );
    expect(stack.callees.log.requests('INVITE')).toEqual([]);
  });

  it('is left out while another of its kind answers', async () => {
    const nobody = { host: '127.0.0.1', port: await getPort({ host: '127.0.0.1' }), secret: 'none' };
    const { telephony } = stack.configuration();
    await stack.startWorker({ telephony: { ...telephony, drachtio: [nobody, stack.engines.drachtio] } });
    expect(await stack.call({ callTo: 'sip:busy@lab' })).toMatchObject({ cause: 'BUSY' });
  });
});

describe.skipIf(process.env.OUTDIAL_TEST_DRACHTIO !== undefined)(
  'a server that is killed in the middle of calls',
  () => {
    const hold = { otherwise: [{ step: 'hold' as const, milliseconds: null }] };

    it.each(['drachtio', 'freeswitch'] as const)(
      '%s: its calls end as ENGINE_LOST, and it is used again',
      async (kind) => {
        await stack.startWorker();
        const callee = await startSipp({ scenario: 'rings-until-cancelled' });
        const ringing = await stack.queue.add({ callTo: `sip:callee@${callee.address}` });
        const answered = await stack.queue.add({ callTo: 'sip:human@lab', onAnswered: hold });
        await Promise.all([stack.event(ringing.id, 'ringing'), stack.event(answered.id, 'answered')]);
        await stack.engines.lab?.[kind].kill();
        expect(await stack.inbox.of(ringing.id)).toMatchObject({
          state: 'ERROR',
          error: { code: 'ENGINE_LOST' },
        });
        const { ended } = await stack.event(answered.id, 'ended');
        expect(ended).toMatchObject({ endedBy: 'ENGINE_LOST', error: { code: 'ENGINE_LOST' } });
        await stack.engines.lab?.[kind].restart();
        expect(await stack.call({ callTo: 'sip:busy@lab' })).toMatchObject({ cause: 'BUSY' });
        await callee.stop();
      },
    );

    it.each(['drachtio', 'freeswitch'] as const)(
      '%s: jobs wait for it, and its outage uses up none of their tries',
      async (kind) => {
        const { healthPort } = await stack.startWorker();
        await stack.engines.lab?.[kind].kill();
        const queue = new CallQueue({ redis: stack.redis.url, attempts: 1 });
        const { id } = await queue.add({ callTo: 'sip:busy@lab' });
        await queue.close();
        const metrics = async () => (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
        await expect.poll(metrics).toMatch(/outdial_jobs_taken_total\{.*\} 1/);
        await stack.engines.lab?.[kind].restart();
        expect(await stack.inbox.of(id)).toMatchObject({ cause: 'BUSY' });
      },
    );
  },
);
