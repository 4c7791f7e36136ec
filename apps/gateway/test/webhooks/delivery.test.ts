import { isSignedBy } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import { useWebhooks } from './support.js';

const { gateways, start, receiver, create, read, deliveries } = useWebhooks();
const { happens } = gateways;

describe('a webhook', () => {
  it('gets the events that it asks for, signed, once', async () => {
    await happens('before');
    const gateway = await start();
    const all = await receiver();
    const few = await receiver();
    const { id, secret } = await create(gateway, { url: `${all.url}hook?a=b` });
    await create(gateway, { url: few.url, types: ['ringing'], lane: 'crm', label: 'spring' });
    const event = await happens('one', { lane: 'crm', label: 'spring', at: 1_700_000_000_000 });
    await happens('two', {
      type: 'ringing',
      sipStatus: 180,
      earlyMedia: false,
      lane: 'crm',
      label: 'spring',
    });
    await happens('three', { type: 'ringing', sipStatus: 180, earlyMedia: false, lane: 'crm' });
    await expect.poll(() => all.jobs().toSorted()).toEqual(['one', 'three', 'two']);
    await expect.poll(few.jobs).toEqual(['two']);
    const got = all.received.find(({ message }) => message.data.jobId === 'one');
    expect(got).toMatchObject({
      path: '/hook?a=b',
      id: `msg_${event}`,
      headers: { 'content-type': 'application/json', 'user-agent': 'Outdial' },
      message: {
        type: 'calling',
        timestamp: '2023-11-14T22:13:20.000Z',
        data: { type: 'calling', jobId: 'one', lane: 'crm', callTo: 'sip:a@b' },
      },
    });
    for (const one of all.received) expect(isSignedBy(secret, one)).toBe(true);
    for (const one of few.received) expect(isSignedBy(secret, one)).toBe(false);
    await expect
      .poll(() => read(gateway, id))
      .toMatchObject({ state: { pending: 0, failingSince: null, lastDeliveredAt: expect.any(Number) } });
  });

  it('gets a message until it takes it, and those of its call behind it, while other calls go on', async () => {
    const gateway = await start();
    let refusals = 3;
    const hook = await receiver(({ message }, response) => {
      const isRefused = message.data.jobId === 'slow' && refusals-- > 0;
      response.writeHead(isRefused ? 503 : 200).end(isRefused ? 'out of\norder' : 'thanks');
    });
    const { id } = await create(gateway, { url: hook.url });
    const first = await happens('slow');
    await happens('slow', { callTo: 'sip:second@b' });
    await happens('quick');
    await expect.poll(() => hook.received.length).toBe(6);
    const slow = hook.received.filter(({ message }) => message.data.jobId === 'slow');
    expect(slow.map(({ message }) => message.data.callTo)).toEqual([
      ...Array.from({ length: 4 }, () => 'sip:a@b'),
      'sip:second@b',
    ]);
    expect(new Set(slow.slice(0, 4).map((got) => got.id))).toEqual(new Set([`msg_${first}`]));
    await expect.poll(() => deliveries(gateway, id)).toHaveLength(6);
    const ofFirst = (await deliveries(gateway, id)).filter(({ message }) => message === `msg_${first}`);
    expect(ofFirst.reverse()).toMatchObject([
      { attempt: 1, outcome: 'failed', status: 503, error: 'answered 503: out of order', jobId: 'slow' },
      { attempt: 2, outcome: 'failed' },
      { attempt: 3, outcome: 'failed' },
      { attempt: 4, outcome: 'delivered', status: 200, error: null, type: 'calling' },
    ]);
  });

  it('does not get a message for longer than that is wanted, and gets the next of its call', async () => {
    const gateway = await start({ retrySeconds: 2, backoffSeconds: 0.05 });
    const hook = await receiver(({ message }, response) =>
      response.writeHead(message.data.callTo === 'sip:bad@b' ? 400 : 200).end(),
    );
    const { id } = await create(gateway, { url: hook.url });
    await happens('one', { callTo: 'sip:bad@b' });
    await happens('one', { callTo: 'sip:good@b' });
    await expect.poll(() => hook.received.at(-1)?.message.data.callTo).toBe('sip:good@b');
    await expect
      .poll(async () => (await deliveries(gateway, id)).map(({ outcome }) => outcome).slice(0, 3))
      .toEqual(['delivered', 'abandoned', 'failed']);
  });

  it('that answers with a redirect, or not in time, has not got the message', async () => {
    const gateway = await start({ timeoutSeconds: 0.2 });
    const target = await receiver();
    const moved = await receiver((_, response) => response.writeHead(308, { location: target.url }).end());
    const silent = await receiver(() => undefined);
    const ids: string[] = [];
    for (const { url } of [moved, silent]) ids.push((await create(gateway, { url })).id);
    await happens('one');
    const errorOf = async (id = '') => (await read(gateway, id)).state.lastError;
    await expect.poll(() => errorOf(ids[0])).toBe('answered 308');
    await expect.poll(() => errorOf(ids[1])).toBe('no answer in 200 ms');
    expect(target.received).toEqual([]);
  });

  it('is left alone for as long as it asks', async () => {
    const gateway = await start({ backoffMaxSeconds: 1 });
    const times: number[] = [];
    const hook = await receiver((_, response) => {
      times.push(performance.now());
      response.writeHead(times.length === 1 ? 429 : 200, { 'retry-after': '1' }).end();
    });
    await create(gateway, { url: hook.url });
    await happens('one');
    await expect.poll(() => times.length).toBe(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('gets a message again where that is asked for, with the same id', async () => {
    const gateway = await start();
    const hook = await receiver();
    const { id } = await create(gateway, { url: hook.url });
    await happens('one');
    await expect.poll(() => deliveries(gateway, id)).toHaveLength(1);
    const [delivery] = await deliveries(gateway, id);
    const replay = (of: unknown) =>
      gateways.ask(gateway, `/v1/webhooks/${id}/deliveries/${of}/replay`, { method: 'POST' });
    expect(await replay(delivery?.id)).toMatchObject({ status: 202 });
    await expect.poll(() => hook.received.length).toBe(2);
    expect(hook.received[1]?.id).toBe(hook.received[0]?.id);
    expect(hook.received[1]?.body).toBe(hook.received[0]?.body);
    expect(await replay('1-1')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await replay('x')).toMatchObject({ status: 400, body: { issues: [{ path: 'path.delivery' }] } });
  });

  it('does not get more than may be pending, which is told', async () => {
    const gateway = await start({ pendingMax: 2 });
    const hook = await receiver((_, response) => response.writeHead(500).end());
    const { id } = await create(gateway, { url: hook.url });
    for (let n = 0; n < 5; n++) await happens(`job-${n}`);
    await expect.poll(() => read(gateway, id)).toMatchObject({ state: { pending: 2, dropped: 3 } });
    const { body } = await gateways.ask(gateway, '/metrics');
    expect(body).toContain(`outdial_gateway_webhook_dropped_total{webhook="${id}"} 3`);
    expect(body).toContain(`outdial_gateway_webhook_pending{webhook="${id}"} 2`);
  });
});

describe('gateways', () => {
  it('deliver together, and go on where one of them ended', async () => {
    const [one, other] = [await start(), await start()];
    const hook = await receiver();
    const { id } = await create(one, { url: hook.url });
    const jobs = Array.from({ length: 200 }, (_, n) => `job-${n}`);
    for (const job of jobs.slice(0, 100)) await happens(job);
    await one.close();
    for (const job of jobs.slice(100)) await happens(job);
    // What was cut off with the one comes again from the other.
    await expect.poll(() => [...new Set(hook.jobs())].toSorted()).toEqual(jobs.toSorted());
    await expect.poll(() => read(other, id)).toMatchObject({ state: { pending: 0 } });
  });

  it('deliver what happened while none of them was there', async () => {
    const gateway = await start();
    const hook = await receiver();
    await create(gateway, { url: hook.url });
    await gateway.close();
    await happens('meanwhile');
    await start();
    await expect.poll(hook.jobs).toEqual(['meanwhile']);
  });

  it('say so when events were trimmed before they were handed out', async () => {
    const gateway = await start();
    await happens('one');
    await expect.poll(() => gateways.redis.get('{outdial}:gateway:webhooks-cursor')).not.toBe('0');
    await gateway.close();
    await happens('lost');
    await gateways.redis.xtrim('{outdial}:events', 'MAXLEN', 0);
    const lines: Array<Record<string, unknown>> = [];
    const next = await start({}, (line) => lines.push(line));
    await expect.poll(() => lines.some(({ msg }) => /trimmed/.test(String(msg)))).toBe(true);
    const { body } = await gateways.ask(next, '/metrics');
    expect(body).toContain('outdial_gateway_webhook_gaps_total 1');
  });
});
