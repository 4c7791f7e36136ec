import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Receiver, startReceiver } from '@outdial/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { WorkerProcess } from '../support/worker-process.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/tracing.mjs', import.meta.url));
const PAGE = readFileSync(new URL('../../docs/tracing.md', import.meta.url), 'utf8');

let stack: Stack;
let collector: Receiver;
beforeAll(async () => {
  stack = await Stack.start({ withWorker: false });
  collector = await startReceiver();
});
afterAll(async () => {
  await stack.close();
  await collector.close();
});

it('the set-up of docs/tracing.md sends the spans of a worker to a collector, the last ones when it ends', async () => {
  expect(PAGE).toContain(readFileSync(EXAMPLE, 'utf8'));
  const worker = await WorkerProcess.start(stack.configuration(), 'info', {
    NODE_OPTIONS: `--import ${EXAMPLE}`,
    OTEL_SERVICE_NAME: 'outdial-worker',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  await stack.call({
    callTo: 'sip:busy@lab',
    traceContext: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  });
  expect(await worker.end('SIGTERM')).toBe(0);
  const sent = collector.received.flatMap(({ message }) => message.resourceSpans);
  expect(sent[0].resource.attributes).toContainEqual({
    key: 'service.name',
    value: { stringValue: 'outdial-worker' },
  });
  const spans = sent.flatMap(({ scopeSpans }) => scopeSpans).flatMap((scope) => scope.spans);
  expect(spans.map(({ name }) => name).sort()).toEqual(['dial', 'process calls-default']);
  for (const span of spans) expect(span.traceId).toBe(traceId);
});
