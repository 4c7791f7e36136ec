import { describe, expect, it } from 'vitest';
import { useGateway } from '../support.js';
import { subscriberOf } from './subscriber.js';

const gateways = useGateway();
const { happens } = gateways;

const subscribe = subscriberOf(gateways);

describe('GET /v1/events', () => {
  it('tells events as they come, to all who listen', async () => {
    await happens('before');
    const gateway = await gateways.start();
    const [one, other] = [await subscribe(gateway), await subscribe(gateway)];
    expect(one.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    const id = await happens('after');
    for (const { events } of [one, other])
      await expect.poll(() => events).toMatchObject([{ id, type: 'calling', data: { jobId: 'after' } }]);
  });

  it('tells a subscriber that comes back all that it has missed, once and in order', async () => {
    const gateway = await gateways.start();
    const first = await happens('seen');
    for (let n = 0; n < 1200; n++) await happens(`missed-${n}`);
    const subscriber = await subscribe(gateway, '', { 'last-event-id': first });
    // What comes while it still catches up must not be lost, nor come twice.
    for (let n = 0; n < 50; n++) await happens(`new-${n}`);
    const expected = [
      ...Array.from({ length: 1200 }, (_, n) => `missed-${n}`),
      ...Array.from({ length: 50 }, (_, n) => `new-${n}`),
    ];
    await expect.poll(() => subscriber.events.length).toBe(expected.length);
    expect(subscriber.jobs()).toEqual(expected);
    const all = await subscribe(gateway, '?from=0&job=seen');
    await expect.poll(all.jobs).toEqual(['seen']);
  });

  it('tells only what is asked for', async () => {
    const gateway = await gateways.start();
    const ringing = { type: 'ringing', sipStatus: 180, earlyMedia: false };
    const queries = ['?types=ringing,answered', '?lane=urgent', '?label=spring', '?job=b'];
    const subscribers = await Promise.all(queries.map((query) => subscribe(gateway, query)));
    await happens('a', ringing);
    await happens('b', { lane: 'urgent' });
    await happens('c', { label: 'spring' });
    for (const [at, job] of ['a', 'b', 'c', 'b'].entries())
      await expect.poll(() => subscribers[at]?.jobs()).toEqual([job]);
  });

  it('tells a key that is confined to lanes nothing of others', async () => {
    const gateway = await gateways.start();
    const key = await gateways.keyFor(gateway, { scopes: ['calls:read'], lanes: ['mine'] });
    const subscriber = await subscribe(gateway, '?from=0', { authorization: `Bearer ${key}` });
    await happens('theirs');
    await happens('unknown', { lane: undefined });
    await happens('mine', { lane: 'mine' });
    await expect.poll(subscriber.jobs).toEqual(['mine']);
  });

  it('tells that a webhook was paused to keys that see webhooks, and to no others', async () => {
    const gateway = await gateways.start();
    const operator = await subscribe(gateway);
    const ofLane = await subscribe(gateway, '?lane=default');
    const keys = [{ scopes: ['calls:read' as const] }, { scopes: ['admin' as const], lanes: ['default'] }];
    const others = await Promise.all(
      keys.map(async (changes) => {
        const authorization = `Bearer ${await gateways.keyFor(gateway, { ...changes, scopes: ['calls:read'] })}`;
        const asked = { headers: { authorization }, key: null };
        expect(await gateways.ask(gateway, '/v1/events?types=webhookPaused', asked)).toMatchObject({
          status: 403,
          body: { code: 'FORBIDDEN' },
        });
        return subscribe(gateway, '?from=0', { authorization });
      }),
    );
    const webhook = { id: 'wh_1', name: 'crm', url: 'https://crm.example.com/' };
    const paused = { type: 'webhookPaused', at: 1_700_000_000_000, webhook, because: 'failing' };
    await gateways.redis.xadd('{outdial}:events', '*', 'jobId', '', 'event', JSON.stringify(paused));
    await happens('after');
    await expect.poll(() => operator.events.map(({ type }) => type)).toEqual(['webhookPaused', 'calling']);
    expect(operator.events[0]?.data).toEqual(paused);
    for (const { jobs } of [ofLane, ...others]) await expect.poll(jobs).toEqual(['after']);
  });

  it('tells hundreds of subscribers all that they want, each in order', async () => {
    const gateway = await gateways.start();
    const queries = Array.from({ length: 300 }, (_, n) => ['', '?lane=even', '?types=ringing'][n % 3] ?? '');
    const subscribers = await Promise.all(queries.map((query) => subscribe(gateway, query)));
    const jobs = Array.from({ length: 200 }, (_, n) => `job-${n}`);
    for (const [n, job] of jobs.entries()) await happens(job, { lane: n % 2 === 0 ? 'even' : 'odd' });
    await happens('last', { type: 'ringing', sipStatus: 180, earlyMedia: false, lane: 'even' });
    const even = jobs.filter((_, n) => n % 2 === 0);
    const wanted = [[...jobs, 'last'], [...even, 'last'], ['last']];
    for (const [n, subscriber] of subscribers.entries())
      await expect.poll(subscriber.jobs).toEqual(wanted[n % 3]);
  });

  it('goes on when Redis was away', async () => {
    const gateway = await gateways.start();
    const subscriber = await subscribe(gateway);
    await happens('one');
    await expect.poll(subscriber.jobs).toEqual(['one']);
    await gateways.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await happens('two');
    await expect.poll(subscriber.jobs).toEqual(['one', 'two']);
  });

  it('cuts off a subscriber that does not read, and no other', async () => {
    const gateway = await gateways.start();
    const slow = await subscribe(gateway);
    slow.response.pause();
    const quick = await subscribe(gateway);
    const filler = 'x'.repeat(60_000);
    let count = 0;
    await expect
      .poll(
        async () => {
          for (let n = 0; n < 50; n++) await happens(`job-${count++}`, { callTo: filler });
          const { body } = await gateways.ask(gateway, '/metrics');
          return /outdial_gateway_event_subscribers (\d+)/.exec(body)?.[1];
        },
        { interval: 1 },
      )
      .toBe('1');
    await expect.poll(() => quick.events.length).toBe(count);
  });

  it('ends when the gateway does, so that the subscriber goes to another', async () => {
    const gateway = await gateways.start({ drainSeconds: 60 });
    const subscriber = await subscribe(gateway);
    await gateway.close();
    await subscriber.ended;
  });

  it.each([['?types=whistling'], ['?from=yesterday'], ['?colour=red']])('refuses %s', async (query) => {
    const gateway = await gateways.start();
    expect(await gateways.ask(gateway, `/v1/events${query}`)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST' },
    });
    expect(await gateways.ask(gateway, '/v1/events', { headers: { 'last-event-id': 'x' } })).toMatchObject({
      status: 400,
    });
  });
});
