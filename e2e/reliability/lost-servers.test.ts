import { CallQueue } from '@outdial/client';
import getPort from 'get-port';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOutOfReach, killServer } from '../support/kill-server.js';
import { jobTo, legOver, UNTIL_ENDED } from '../support/legs.js';
import { Stack } from '../support/stack.js';

const WAIT_MS = 25_000;

let stack: Stack;
beforeEach(async () => {
  stack = await Stack.start({ withWorker: false });
});
afterEach(() => stack.close());

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
  ])('%s: the dial is tried again, then the result says %s, and nothing was dialled', async (kind, code) => {
    const unreachable = { host: '127.0.0.1', port: await getPort({ host: '127.0.0.1' }), secret: 'none' };
    const { telephony } = stack.configuration();
    const worker = await stack.startWorkerUnready({
      telephony: { ...telephony, [kind]: [unreachable], serverWaitSeconds: 0.5 },
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
    const unreachable = { host: '127.0.0.1', port: await getPort({ host: '127.0.0.1' }), secret: 'none' };
    const { telephony } = stack.configuration();
    await stack.startWorker({ telephony: { ...telephony, drachtio: [unreachable, stack.servers.drachtio] } });
    expect(await stack.call({ callTo: 'sip:busy@lab' })).toMatchObject({ cause: 'BUSY' });
  });
});

describe.for(['drachtio', 'freeswitch'] as const)('%s, killed in the middle of calls', (server) => {
  it.skipIf(isOutOfReach(server))('ends them as SERVER_LOST, and is used again', async () => {
    await stack.startWorker();
    const rings = jobTo('no-answer', 'rings');
    const talks = jobTo('patient', 'talks', UNTIL_ENDED);
    await stack.queue.addBulk([rings, talks]);
    await Promise.all([stack.event(rings.id, 'ringing'), stack.inbox.of(talks.id)]);
    const restart = await killServer(stack.servers, server);
    expect(await stack.inbox.of(rings.id)).toMatchObject({
      state: 'ERROR',
      error: { code: 'SERVER_LOST' },
    });
    const { ended } = await stack.event(talks.id, 'ended');
    expect(ended).toMatchObject({ endedBy: 'SERVER_LOST', error: { code: 'SERVER_LOST' } });
    // The calls of a killed drachtio cannot be ended.
    if (server === 'freeswitch') {
      const legs = await Promise.all([rings, talks].map(({ id }) => legOver(stack, id, WAIT_MS)));
      expect(legs.map(({ wasReleased }) => wasReleased)).toEqual([true, true]);
    }
    await restart();
    expect(await stack.call({ callTo: 'sip:busy@lab' })).toMatchObject({ cause: 'BUSY' });
  });

  it.skipIf(isOutOfReach(server))(
    'is waited for by jobs, and its outage uses up none of their tries',
    async () => {
      const { healthPort } = await stack.startWorker();
      const ask = async (path: string) => (await fetch(`http://127.0.0.1:${healthPort}${path}`)).text();
      const restart = await killServer(stack.servers, server);
      await expect.poll(() => ask('/readyz'), { interval: 20 }).toContain('"ok":false');
      const queue = new CallQueue({ redis: stack.redis.url, attempts: 1 });
      const { id } = await queue.add({ callTo: 'sip:busy@lab' });
      await queue.close();
      await expect.poll(() => ask('/metrics')).toMatch(/outdial_jobs_taken_total\{.*\} 1/);
      await restart();
      expect(await stack.inbox.of(id)).toMatchObject({ cause: 'BUSY' });
    },
  );
});
