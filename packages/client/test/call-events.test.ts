import type { CallEvent } from '@outdial/contract';
import { Ledger } from '@outdial/ledger';
import { startRedis } from '@outdial/testkit';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { CallEvents, type PlacedEvent } from '../src/index.js';
import { type App, eventually, playWorker, useRedis } from './support.js';

const redis = useRedis();

/** The first `count` events of a loop. */
async function take(events: AsyncIterable<PlacedEvent>, count: number): Promise<PlacedEvent[]> {
  const taken: PlacedEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

const typesOf = (events: PlacedEvent[]) => events.map(({ event }) => `${event.jobId} ${event.type}`);

async function playCall(app: App, id: string) {
  await app.queue.add({ id, callTo: 'sip:busy@lab' });
  await eventually(async () => (await app.queue.get(id))?.phase).toBe('ended');
}

test('events are replayed from the start, from any of them, and followed from now on', async () => {
  const app = redis.app();
  redis.closed(await playWorker(app, redis.server));
  await playCall(app, 'job-1');
  const all = await take(app.events.follow({ from: '0' }), 2);
  expect(typesOf(all)).toEqual(['job-1 calling', 'job-1 result']);
  expect(typesOf(await take(app.events.follow({ from: all[0]?.id ?? '' }), 1))).toEqual(['job-1 result']);
  const fromNow = app.events.follow({ from: await app.events.lastId() });
  await playCall(app, 'job-2');
  expect(typesOf(await take(fromNow, 2))).toEqual(['job-2 calling', 'job-2 result']);
  let first: string | undefined;
  const next = app.events.follow().next();
  const told = next.then(({ value }) => {
    first = value?.event.type;
  });
  // Where it starts is looked up meanwhile: of calls one after the other, some come after that.
  await eventually(async () => {
    await app.queue.add({ callTo: 'sip:busy@lab' });
    return first;
  }).toBeDefined();
  await told;
});

test('one job’s events come alone', async () => {
  const app = redis.app();
  redis.closed(await playWorker(app, redis.server));
  for (const id of ['job-1', 'job-2', 'job-3']) await playCall(app, id);
  const events = await take(app.events.follow({ from: '0', jobId: 'job-2' }), 2);
  expect(typesOf(events)).toEqual(['job-2 calling', 'job-2 result']);
});

test('a signal ends a loop that waits, and so does close', async () => {
  const app = redis.app();
  const controller = new AbortController();
  const ends = [
    take(app.events.follow({ signal: controller.signal }), 1),
    take(app.events.follow({ from: '0' }), 1),
  ];
  controller.abort();
  expect(await ends[0]).toEqual([]);
  await app.events.close();
  expect(await ends[1]).toEqual([]);
});

test.each(['a signal', 'close'])('%s ends a loop whose connection was just lost', async (by) => {
  const app = redis.app();
  // It would be connected again after a minute.
  const source = new Redis(redis.server.url, { retryStrategy: () => 60_000 });
  const lost = new Promise<void>((resolve) => {
    const duplicate = source.duplicate.bind(source);
    source.duplicate = (changes) => {
      const reader = duplicate(changes);
      reader.once('reconnecting', () => resolve());
      return reader;
    };
  });
  const events = redis.closed(new CallEvents({ ...app.common, redis: source }));
  const controller = new AbortController();
  const loop = take(events.follow({ from: '0', signal: controller.signal }), 1);
  await eventually(() => redis.redis.client('LIST')).toContain('cmd=xread');
  await redis.redis.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'yes');
  await lost;
  if (by === 'close') await events.close();
  else controller.abort();
  expect(await loop).toEqual([]);
  source.disconnect();
});

test('entries that are no events are passed over, and reported', async () => {
  const app = redis.app();
  const errors: Error[] = [];
  const events = redis.closed(new CallEvents({ ...app.common, onError: (error) => errors.push(error) }));
  await redis.redis.xadd(`${app.prefix}:events`, '*', 'jobId', 'job-1', 'event', '{"type":"sneezed"}');
  await redis.redis.xadd(`${app.prefix}:events`, '*', 'noise', 'x');
  redis.closed(await playWorker(app, redis.server));
  await playCall(app, 'job-1');
  expect(typesOf(await take(events.follow({ from: '0' }), 1))).toEqual(['job-1 calling']);
  expect(errors).toHaveLength(2);
});

test('a loop goes on after Redis was killed and is back', async () => {
  const server = await startRedis({ appendOnly: true });
  const client = new Redis(server.url);
  client.on('error', () => undefined);
  const ledger = new Ledger(client, { prefix: '{restart}' });
  const events = new CallEvents({ redis: server.url, prefix: '{restart}' });
  const say = async (id: string) => {
    await ledger.heartbeat('w1', { ttlMs: 60_000 });
    const event: CallEvent = {
      jobId: id,
      callId: null,
      workerId: 'w1',
      at: 1,
      type: 'calling',
      callTo: 'sip:a@b',
    };
    await ledger.claim({ jobId: id, workerId: 'w1', job: {} as never, token: id });
    await ledger.record(id, id, { events: [event] });
  };
  const follow = events.follow({ from: '0' });
  await say('job-1');
  expect((await follow.next()).value).toMatchObject({ event: { jobId: 'job-1' } });
  const next = follow.next();
  await server.kill();
  await server.restart();
  await say('job-2');
  expect((await next).value).toMatchObject({ event: { jobId: 'job-2' } });
  await follow.return();
  await events.close();
  client.disconnect();
  await server.close();
});

test('a listener that throws is reported, and every other listener goes on hearing events', async () => {
  const app = redis.app();
  const errors: string[] = [];
  const onError = ({ message }: Error) => {
    errors.push(message);
    throw new Error('so does the error handler');
  };
  const events = redis.closed(new CallEvents({ ...app.common, onError }));
  const heard: string[] = [];
  for (const id of ['job-1', 'job-2']) {
    await events.watch(id, ({ type }) => {
      throw new Error(`${id} ${type}`);
    });
    await events.watch(id, async ({ type }) => {
      throw new Error(`${id} ${type}, later`);
    });
    await events.watch(id, ({ jobId, type }) => void heard.push(`${jobId} ${type}`));
  }
  redis.closed(await playWorker(app, redis.server));
  for (const id of ['job-1', 'job-2']) await playCall(app, id);
  await eventually(() => heard).toEqual(['job-1 calling', 'job-1 result', 'job-2 calling', 'job-2 result']);
  expect(errors).toHaveLength(8);
  expect(errors).toContain('job-1 calling');
  expect(errors).toContain('job-2 result, later');
});
