import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CallQueue, OutdialError } from '../../src/index.js';
import { type App, eventually, playWorker, useRedis } from '../support.js';

const redis = useRedis();
const job = { id: 'job-1', callTo: 'sip:busy@lab', metadata: { n: [1, null], name: 'Ann' } };

async function conflictOf(adding: Promise<unknown>): Promise<OutdialError> {
  const error = await adding.catch((reason: unknown) => reason);
  if (!(error instanceof OutdialError)) throw new Error(`expected a conflict, got ${String(error)}`);
  expect(error.code).toBe('ID_CONFLICT');
  return error;
}

/** The job ends, and its lane lets go of it; only the ledger knows it then. */
async function finishAndForget(app: App, id: string): Promise<{ dialled: readonly string[] }> {
  const worker = redis.closed(await playWorker(app, redis.server));
  await eventually(async () => (await app.queue.get(id))?.phase).toBe('ended');
  await eventually(() => app.queue.counts()).toMatchObject({ active: 0 });
  await redis.redis.del(`${app.prefix}:calls-default:${id}`);
  await redis.redis.zrem(`${app.prefix}:calls-default:completed`, id);
  return worker;
}

describe('the same id', () => {
  test('with the same content is the same call, and the answer says that it was there', async () => {
    const app = redis.app();
    const first = await app.queue.add(job);
    expect(first.wasQueuedBefore).toBe(false);
    // In another order, and with a default written out.
    const again = await app.queue.add({ ...first, metadata: { name: 'Ann', n: [1, null] }, lane: 'default' });
    expect(again).toEqual(first);
    expect(again.wasQueuedBefore).toBe(true);
    const list = await app.queue.addBulk([job, { ...job, id: 'job-2' }, { ...job, id: 'job-2' }]);
    expect(list.map(({ id, wasQueuedBefore }) => [id, wasQueuedBefore])).toEqual([
      ['job-1', true],
      ['job-2', false],
      ['job-2', true],
    ]);
    expect(await app.queue.counts()).toMatchObject({ waiting: 2 });
  });

  test('in another trace is the same call, which stays in the trace that it was queued in', async () => {
    const app = redis.app();
    const inTrace = (digit: string) => ({
      traceContext: { traceparent: `00-${digit.repeat(32)}-b7ad6b7169203331-01` },
    });
    await app.queue.addBulk([{ ...job, ...inTrace('1') }]);
    expect((await app.queue.add({ ...job, ...inTrace('2') })).wasQueuedBefore).toBe(true);
    expect((await app.queue.add(job)).wasQueuedBefore).toBe(true);
    const stored = await redis.redis.hget(`${app.prefix}:calls-default:${job.id}`, 'data');
    expect(JSON.parse(stored ?? '')).toMatchObject(inTrace('1'));
  });

  test('with another content is refused, and what differs is named', async () => {
    const app = redis.app();
    await app.queue.add(job);
    const error = await conflictOf(
      app.queue.add({
        ...job,
        callTo: 'sip:human@lab',
        lane: 'night',
        codecs: 'g711a',
        onAnswered: { otherwise: [{ step: 'hangUp' }] },
      }),
    );
    expect(error.issues.map(({ path }) => path).sort()).toEqual(['callTo', 'codecs', 'lane', 'onAnswered']);
    expect(error.message).toContain('callTo was "sip:busy@lab", now "sip:human@lab"');
    expect(await app.queue.counts()).toMatchObject({ waiting: 1 });
    expect(await app.queue.get('job-1')).toMatchObject({ callTo: 'sip:busy@lab', lane: 'default' });
  });

  test('with another content refuses a whole list, of any length, and names the place', async () => {
    const app = redis.app();
    await app.queue.add(job);
    const list = Array.from({ length: 2500 }, (_, n) => ({ id: `new-${n}`, callTo: 'sip:busy@lab' }));
    for (const length of [10, 2500]) {
      const inputs = [...list.slice(0, length), { ...job, lane: 'night' }];
      const error = await conflictOf(app.queue.addBulk(inputs));
      expect(error.message).toMatch(new RegExp(`^jobs\\[${length}\\]: job job-1 was queued before`));
      expect(error.issues).toMatchObject([{ path: `${length}.lane`, value: 'night' }]);
    }
    const twice = [list[0], { ...list[0], callTo: 'sip:human@lab' }].map((input) => ({
      ...input,
      callTo: input?.callTo ?? '',
    }));
    expect((await conflictOf(app.queue.addBulk(twice))).message).toMatch(/^jobs\[1\]: /);
    expect(await app.queue.counts()).toMatchObject({ waiting: 1 });
  });

  test('is known by its result once its lane has let go of it', async () => {
    const app = redis.app();
    await app.queue.add(job);
    const { dialled } = await finishAndForget(app, 'job-1');
    expect((await app.queue.add(job)).wasQueuedBefore).toBe(true);
    await eventually(() => app.queue.counts()).toMatchObject({ waiting: 0, active: 0, completed: 1 });
    expect(dialled).toEqual(['job-1']);
    const error = await conflictOf(app.queue.add({ ...job, callTo: 'sip:human@lab', metadata: {} }));
    expect(error.issues.map(({ path }) => path)).toEqual(['callTo', 'metadata']);
  });

  test('of a record that cannot be read is refused', async () => {
    const app = redis.app();
    await redis.redis.hset(`${app.prefix}:calls-default:job-1`, { name: 'call', data: '{nonsense' });
    const error = await conflictOf(app.queue.add(job));
    expect(error.message).toContain('cannot be read');
  });

  test('from many enqueuers at once is one job of one content, in one lane', async () => {
    const app = redis.app();
    const queues = Array.from({ length: 8 }, () => redis.closed(new CallQueue(app.common)));
    for (let round = 0; round < 10; round++) {
      const id = `race-${randomUUID()}`;
      const adding = queues.map((queue, n) =>
        queue.add({ id, callTo: 'sip:busy@lab', lane: `lane-${n % 2}` }).then(
          ({ lane, wasQueuedBefore }) => `${lane} ${wasQueuedBefore}`,
          ({ code }: OutdialError) => code,
        ),
      );
      const answers = await Promise.all(adding);
      const winner = answers.find((answer) => answer.endsWith('false'))?.slice(0, 'lane-0'.length);
      expect(answers.toSorted()).toEqual([
        ...Array.from({ length: 4 }, () => 'ID_CONFLICT'),
        `${winner} false`,
        ...Array.from({ length: 3 }, () => `${winner} true`),
      ]);
      expect((await app.queue.get(id))?.lane).toBe(winner);
    }
    expect(await app.queue.counts()).toMatchObject({ waiting: 10 });
    // What is left of the reservations ends by itself.
    for (const key of await redis.redis.keys(`${app.prefix}:enqueuing:*`))
      expect(await redis.redis.pttl(key)).toBeGreaterThan(0);
  });

  test('made up for a job is not looked for, but added in one step', async () => {
    const app = redis.app();
    const { id: _id, ...withoutId } = job;
    const [added] = await app.queue.addBulk([withoutId]);
    expect(added?.wasQueuedBefore).toBe(false);
    expect(await redis.redis.keys(`${app.prefix}:enqueuing:*`)).toEqual([]);
  });

  test('that an enqueuer reserved and never added is free again after a while', async () => {
    const app = redis.app();
    await redis.redis.set(`${app.prefix}:enqueuing:job-1`, 'gone', 'PX', 300);
    expect((await app.queue.add(job)).wasQueuedBefore).toBe(false);
  });
});
