import { CallQueue } from '@outdial/client';
import getPort from 'get-port';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOutOfReach, killEngine } from './kill-engine.js';
import { jobTo, legOver, UNTIL_ENDED } from './legs.js';
import { Stack } from './stack.js';

const LOST_WITHIN_MS = 5000;

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

describe.for(['drachtio', 'freeswitch'] as const)('%s, killed in the middle of calls', (engine) => {
  it.skipIf(isOutOfReach(engine))('ends them as ENGINE_LOST in 5 s, and is used again', async () => {
    await stack.startWorker();
    const rings = jobTo('no-answer', 'rings');
    const talks = jobTo('human', 'talks', UNTIL_ENDED);
    await stack.queue.addBulk([rings, talks]);
    await Promise.all([stack.event(rings.id, 'ringing'), stack.inbox.of(talks.id)]);
    const killedAtMs = Date.now();
    const restart = await killEngine(stack.engines, engine);
    expect(await stack.inbox.of(rings.id)).toMatchObject({
      state: 'ERROR',
      error: { code: 'ENGINE_LOST' },
    });
    const { ended } = await stack.event(talks.id, 'ended');
    expect(ended).toMatchObject({ endedBy: 'ENGINE_LOST', error: { code: 'ENGINE_LOST' } });
    expect(Date.now() - killedAtMs).toBeLessThan(LOST_WITHIN_MS);
    // Nobody can end the calls of a drachtio that is gone.
    if (engine === 'freeswitch') {
      const legs = await Promise.all([rings, talks].map(({ id }) => legOver(stack, id, LOST_WITHIN_MS)));
      expect(legs.map(({ wasReleased }) => wasReleased)).toEqual([true, true]);
      for (const { overAtMs } of legs)
        expect((overAtMs ?? Number.NaN) - killedAtMs).toBeLessThan(LOST_WITHIN_MS);
    }
    await restart();
    expect(await stack.call({ callTo: 'sip:busy@lab' })).toMatchObject({ cause: 'BUSY' });
  });

  it.skipIf(isOutOfReach(engine))(
    'is waited for by jobs, and its outage uses up none of their tries',
    async () => {
      const { healthPort } = await stack.startWorker();
      const ask = async (path: string) => (await fetch(`http://127.0.0.1:${healthPort}${path}`)).text();
      const restart = await killEngine(stack.engines, engine);
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
