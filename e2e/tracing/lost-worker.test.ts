import { SpanStatusCode, trace } from '@opentelemetry/api';
import { SpanRecorder } from '@outdial/testkit/spans';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jobTo, UNTIL_ENDED } from '../support/legs.js';
import { Stack } from '../support/stack.js';
import { WorkerProcess } from '../support/worker-process.js';

let recorder: SpanRecorder;
let stack: Stack;
beforeAll(async () => {
  recorder = new SpanRecorder();
  stack = await Stack.start({ withWorker: false });
  // It takes over what another leaves, and none of its jobs.
  await stack.startWorker({ lanes: { elsewhere: { concurrency: 10 } } });
});
afterAll(async () => {
  await stack.close();
  await recorder.close();
});

it('a call whose worker is killed stays in its trace', async () => {
  const worker = await WorkerProcess.start(stack.configuration());
  const traceId = await trace.getTracer('test').startActiveSpan('campaign', async (span) => {
    await stack.queue.addBulk([jobTo('no-answer', 'rings'), jobTo('patient', 'talks', UNTIL_ENDED)]);
    span.end();
    return span.spanContext().traceId;
  });
  await Promise.all([stack.event('rings', 'ringing'), stack.event('talks', 'answered')]);
  await worker.end('SIGKILL');

  const { ended } = await stack.event('talks', 'ended');
  const rings = await stack.inbox.of('rings');
  expect(rings.error?.code).toBe('WORKER_LOST');
  await expect
    .poll(() => recorder.tree(traceId))
    .toEqual([
      ' > campaign',
      'add calls > settle lost call',
      'add calls > settle lost call',
      'campaign > add calls',
    ]);
  const { spanId } = recorder.named(traceId, 'add calls').spanContext();
  const traceContext = { traceparent: `00-${traceId}-${spanId}-01` };
  expect([rings.traceContext, ended.traceContext]).toEqual([traceContext, traceContext]);
  for (const { status } of recorder.of(traceId).filter(({ name }) => name === 'settle lost call'))
    expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'WORKER_LOST' });
});
