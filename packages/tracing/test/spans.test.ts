import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { OutdialError } from '@outdial/contract';
import { SpanRecorder } from '@outdial/testkit/spans';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { startSpan, traceContextOf, withSpan } from '../src/index.js';

const recorder = new SpanRecorder();
beforeEach(() => recorder.reset());
afterAll(() => recorder.close());

describe('a span', () => {
  it('is the child of the trace that it is given, and else of the span that is active', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const parent = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'vendor=value' };
    await withSpan(
      'outer',
      { kind: SpanKind.SERVER, parent, attributes: () => ({ a: 1 }) },
      async (outer) => {
        startSpan('inner').end();
        expect(traceContextOf(outer)).toEqual({
          traceparent: `00-${traceId}-${outer.spanContext().spanId}-01`,
          tracestate: 'vendor=value',
        });
      },
    );
    const [inner, outer] = recorder.ended;
    expect(outer).toMatchObject({
      name: 'outer',
      kind: SpanKind.SERVER,
      attributes: { a: 1 },
      parentSpanContext: { traceId, spanId: 'b7ad6b7169203331' },
      status: { code: SpanStatusCode.UNSET },
    });
    expect(inner).toMatchObject({ parentSpanContext: outer?.spanContext() });
  });

  it('fails with what its work throws, and tells the code alone', async () => {
    const refuse = async () => {
      throw new OutdialError('CALLER_ID_REFUSED', 'not +441632960001');
    };
    await expect(withSpan('refused', {}, refuse)).rejects.toThrow('not +441632960001');
    const broken = () => withSpan('broken', {}, () => Promise.reject(new TypeError('+441632960001')));
    await expect(broken()).rejects.toThrow(TypeError);
    const told = recorder.ended.map(({ status, attributes, events }) => [status, attributes, events]);
    expect(told).toEqual(
      ['CALLER_ID_REFUSED', 'TypeError'].map((type) => [
        { code: SpanStatusCode.ERROR, message: type },
        { 'error.type': type },
        [],
      ]),
    );
  });
});
