import { CallQueue } from '@outdial/client';
import { startReceiver, startRedis } from '@outdial/testkit';
import { Redis } from 'ioredis';
import { it, vi } from 'vitest';
import { GatewayProcesses } from '../support/gateway-process.js';

type Gateway = Awaited<ReturnType<GatewayProcesses['start']>>;

/** A gateway that was killed is missed after some 15 s; on a busy machine, later. */
const PATIENT = { timeout: 90_000 };
vi.setConfig({ testTimeout: 120_000 });

/** A Redis of a test's own, whose gateways are no other test's. */
async function setUp(onTestFinished: (end: () => Promise<void>) => void) {
  const server = await startRedis({ appendOnly: true });
  const redis = new Redis(server.url);
  const queue = new CallQueue({ redis: server.url });
  const gateways = await GatewayProcesses.open(server.url);
  onTestFinished(async () => {
    await gateways.close();
    await queue.close();
    redis.disconnect();
    await server.close();
  });
  const ask = ({ url }: Gateway, path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = { authorization: `Bearer ${gateways.key}`, ...init.headers };
    return fetch(`${url}${path}`, { ...init, headers });
  };
  return {
    queue,
    gateways,
    ask,
    async post(gateway: Gateway, path: string, body: unknown) {
      const headers = { 'content-type': 'application/json' };
      const response = await ask(gateway, path, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await response.json()) as Record<string, never>;
    },
    /** Adds an event to the stream, as a worker does, and answers its id. */
    async happens(jobId: string, n: number): Promise<string> {
      const event = {
        ...{ jobId, callId: null, workerId: 'w', lane: 'default', label: null, at: Date.now() },
        ...{ type: 'calling', callTo: `sip:${n}@b` },
      };
      const fields = ['jobId', jobId, 'event', JSON.stringify(event)];
      return (await redis.xadd('{outdial}:events', '*', ...fields)) as string;
    },
  };
}

/** Reads lines of an answer until one fits, or the connection breaks. */
async function readUntil(response: Response, fits: (text: string) => boolean): Promise<string> {
  let read = '';
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      read += new TextDecoder().decode(chunk);
      if (fits(read)) break;
    }
  } catch {
    // Its gateway was killed.
  }
  return read;
}

it.concurrent('a gateway that is killed in the middle of an upload leaves jobs that the same file, sent again, finds', async ({
  expect,
  onTestFinished,
}) => {
  const { ask, gateways, queue } = await setUp(onTestFinished);
  const ROWS = 10_000;
  const body = Array.from(
    { length: ROWS },
    (_, n) => `{"id":"row-${n}","callTo":"sip:${n}@b","lane":"bulk"}\n`,
  ).join('');
  const upload = (gateway: Gateway) =>
    ask(gateway, '/v1/calls/bulk', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', accept: 'application/x-ndjson' },
      body,
    });
  const gateway = await gateways.start();
  const progress = readUntil(await upload(gateway), (read) => /"queued":[1-9]/.test(read));
  await progress;
  await gateway.kill();
  const { waiting } = await queue.counts('bulk');
  expect(waiting).toBeGreaterThan(0);
  const lines = (await (await upload(await gateways.start())).text()).trim().split('\n');
  const done = JSON.parse(lines.at(-1) ?? '');
  expect(done).toMatchObject({ type: 'done', jobs: ROWS });
  expect(done.queued + done.before).toBe(ROWS);
  expect(done.before).toBeGreaterThanOrEqual(waiting);
  expect(await queue.counts('bulk')).toMatchObject({ waiting: ROWS });
});

it.concurrent('gateways that are killed in the middle of deliveries leave none out, and keep the order within each call', async ({
  expect,
  onTestFinished,
}) => {
  const { gateways, happens, post } = await setUp(onTestFinished);
  const CALLS = 40;
  const EVENTS = 400;
  const receiver = await startReceiver();
  const { received } = receiver;
  const [one, other] = await Promise.all([gateways.start(), gateways.start()]);
  await post(one, '/v1/webhooks', { url: receiver.url });
  const expected = new Map<string, string[]>();
  for (let n = 0; n < EVENTS; n++) {
    const jobId = `delivered-${n % CALLS}`;
    expected.set(jobId, [...(expected.get(jobId) ?? []), `msg_${await happens(jobId, n)}`]);
    if (n === EVENTS / 4) await one.kill();
    if (n === EVENTS / 2) await gateways.start();
    if (n === (3 * EVENTS) / 4) await other.kill();
  }
  await expect.poll(() => new Set(received.map(({ id }) => id)).size, PATIENT).toBe(EVENTS);
  for (const [jobId, ids] of expected) {
    const got = received.filter(({ message }) => message.data.jobId === jobId).map(({ id }) => id);
    expect([...new Set(got)], jobId).toEqual(ids);
  }
  await receiver.close();
});

it.concurrent('results that a killed gateway has lent go to another consumer, and each is consumed once', async ({
  expect,
  onTestFinished,
}) => {
  const { gateways, post, queue } = await setUp(onTestFinished);
  const ids = Array.from({ length: 60 }, (_, n) => `consumed-${n}`);
  await queue.addBulk(ids.map((id) => ({ id, callTo: 'sip:a@b', lane: 'consumed', resultsQueue: 'mine' })));
  await queue.cancelLane('consumed');
  const lease = async (gateway: Gateway, max: number) => {
    const { leases } = await post(gateway, '/v1/results/lease', { queue: 'mine', max, leaseSeconds: 2 });
    return leases as unknown as Array<{ lease: string; record: { jobId: string } }>;
  };
  const [one, other] = await Promise.all([gateways.start(), gateways.start()]);
  const lost = await lease(one, 20);
  const kept = await lease(one, 20);
  await one.kill();
  const consumed: string[] = [];
  const acknowledge = async (lent: typeof kept) => {
    if (lent.length === 0) return;
    const leases = lent.map((each) => each.lease);
    const { done } = await post(other, '/v1/results/acknowledge', { queue: 'mine', leases });
    const held = new Set<string>(done as unknown as string[]);
    consumed.push(...lent.filter((each) => held.has(each.lease)).map(({ record }) => record.jobId));
  };
  // A lease outlives the gateway that gave it.
  await acknowledge(kept);
  await expect
    .poll(async () => {
      await acknowledge(await lease(other, 20));
      return consumed.length;
    }, PATIENT)
    .toBe(ids.length);
  expect(consumed.toSorted()).toEqual(ids.toSorted());
  expect(lost.every(({ record }) => consumed.includes(record.jobId))).toBe(true);
  expect(await lease(other, 20)).toEqual([]);
});

it.concurrent('a reader of events whose gateway is killed misses none at another', async ({
  expect,
  onTestFinished,
}) => {
  const { ask, gateways, happens } = await setUp(onTestFinished);
  const [one, other] = await Promise.all([gateways.start(), gateways.start()]);
  const idsOf = (read: string) => [...read.matchAll(/^id: (.*)\n.*\n.*\n\n/gm)].map(([, id]) => id);
  const first = await happens('heard', 0);
  const stream = await ask(one, `/v1/events?job=heard&from=${first}`);
  const expected: string[] = [];
  const reading = readUntil(stream, () => false);
  for (let n = 1; n <= 100; n++) {
    expected.push(await happens('heard', n));
    if (n === 50) await one.kill();
  }
  const before = idsOf(await reading);
  const resumed = await ask(other, '/v1/events?job=heard', {
    headers: { 'last-event-id': before.at(-1) ?? first },
  });
  const after = idsOf(await readUntil(resumed, (read) => read.includes(`id: ${expected.at(-1)}\n`)));
  expect([...before, ...after]).toEqual(expected);
});
