import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { SpanRecorder } from '@outdial/testkit/spans';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { useWebhooks } from '../webhooks/support.js';

const recorder = new SpanRecorder();
beforeEach(() => recorder.reset());
afterAll(() => recorder.close());

const { gateways, start, receiver, create } = useWebhooks();
const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
const spans = (name: string) => recorder.ended.filter((span) => span.name === name);

describe('a request', () => {
  it('is a span of the trace that its headers tell of, without its path and query', async () => {
    const gateway = await start();
    const headers = { traceparent, tracestate: 'vendor=value' };
    await gateways.ask(gateway, '/v1/calls?number=441632960001', { headers });
    await gateways.ask(gateway, '/v1/calls/not-there', { headers });
    await expect.poll(() => spans('GET /v1/calls/:id')).toHaveLength(1);
    const [list] = spans('GET /v1/calls');
    expect(list).toMatchObject({
      kind: SpanKind.SERVER,
      parentSpanContext: { traceId, spanId: 'b7ad6b7169203331' },
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/v1/calls',
        'http.response.status_code': 200,
        'url.scheme': 'http',
        'outdial.operation': 'listCalls',
      },
    });
    const [missed] = spans('GET /v1/calls/:id');
    expect(missed?.attributes).toMatchObject({ 'http.response.status_code': 404 });
    // That is the client's mistake.
    expect(missed?.status.code).toBe(SpanStatusCode.UNSET);
    expect(JSON.stringify([list?.attributes, missed?.attributes])).not.toMatch(/441632960001|not-there/);
  });

  it('begins a trace where it is in none; probes are in none', async () => {
    const gateway = await start();
    await gateways.ask(gateway, '/readyz');
    await gateways.ask(gateway, '/v1/lanes');
    await expect.poll(() => spans('GET /v1/lanes')).toHaveLength(1);
    expect(spans('GET /v1/lanes')[0]?.parentSpanContext).toBeUndefined();
    expect(spans('GET /readyz')).toEqual([]);
  });

  it('with a file of calls takes all of them into its trace, but for those that are in one', async () => {
    const gateway = await start();
    const other = { traceparent: `00-${'1'.repeat(32)}-b7ad6b7169203331-01` };
    const rows = [{ id: 'one' }, { id: 'two' }, { id: 'three', traceContext: other }];
    const body = rows.map((row) => JSON.stringify({ callTo: 'sip:a@b', ...row })).join('\n');
    const headers = { 'content-type': 'application/x-ndjson', traceparent };
    expect(await gateways.ask(gateway, '/v1/calls/bulk', { body, headers })).toMatchObject({ status: 201 });
    await expect.poll(() => spans('POST /v1/calls/bulk')).toHaveLength(1);
    const [added] = spans('add calls');
    expect(added).toMatchObject({
      kind: SpanKind.PRODUCER,
      parentSpanContext: { spanId: spans('POST /v1/calls/bulk')[0]?.spanContext().spanId },
      attributes: { 'messaging.batch.message_count': 3 },
    });
    const own = { traceparent: `00-${traceId}-${added?.spanContext().spanId}-01` };
    const stored = rows.map(({ id }) => gateways.redis.hget(`{outdial}:calls-default:${id}`, 'data'));
    const jobs = (await Promise.all(stored)).map((data) => JSON.parse(data ?? ''));
    expect(jobs.map(({ traceContext }) => traceContext)).toEqual([own, own, other]);
  });
});

describe('a delivery to a webhook', () => {
  it('is a span of the trace of its call, each attempt one, which fails where it is not taken', async () => {
    const gateway = await start();
    let refusals = 1;
    const hook = await receiver((_, response) => void response.writeHead(refusals-- > 0 ? 503 : 204).end());
    const { id } = await create(gateway, { url: `${hook.url}?secret=1` });
    await gateways.happens('one', { traceContext: { traceparent } });
    await expect.poll(() => spans('POST webhook')).toHaveLength(2);
    const [refused, taken] = spans('POST webhook');
    const told = {
      'server.address': '127.0.0.1',
      'server.port': hook.port,
      'outdial.webhook.id': id,
      'outdial.event.type': 'calling',
    };
    expect(refused).toMatchObject({
      kind: SpanKind.CLIENT,
      parentSpanContext: { traceId, spanId: 'b7ad6b7169203331' },
      status: { code: SpanStatusCode.ERROR, message: '503' },
      attributes: { ...told, 'http.response.status_code': 503, 'http.request.resend_count': 0 },
    });
    expect(taken).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { ...told, 'http.response.status_code': 204, 'http.request.resend_count': 1 },
    });
    expect(hook.received.map(({ headers }) => headers.traceparent)).toEqual(
      [refused, taken].map((span) => `00-${traceId}-${span?.spanContext().spanId}-01`),
    );
    expect(JSON.stringify(taken?.attributes)).not.toContain('secret');

    await gateways.happens('untraced');
    await expect.poll(() => spans('POST webhook')).toHaveLength(3);
    expect(spans('POST webhook')[2]?.parentSpanContext).toBeUndefined();
  });
});
