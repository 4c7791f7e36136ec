import { describe, expect, it } from 'vitest';
import { startSpan, traceContextOf, traceOfHeaders } from '../src/index.js';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('without an SDK', () => {
  it('a trace that somebody else has begun is carried on as it is, and no other is begun', () => {
    const traceContext = { traceparent, tracestate: 'vendor=value,other=1' };
    const attributes = () => expect.fail('asked for attributes that nobody records');
    const span = startSpan('a', { parent: traceContext, attributes });
    expect(traceContextOf(span)).toEqual(traceContext);
    expect(traceContextOf(startSpan('b', { parent: span, attributes }))).toEqual(traceContext);
    expect(traceContextOf(startSpan('c', { attributes }))).toBeUndefined();
  });

  it('a trace that is not recorded stays so', () => {
    const unsampled = { traceparent: traceparent.replace(/01$/, '00') };
    expect(traceContextOf(startSpan('a', { parent: unsampled }))).toEqual(unsampled);
  });
});

describe('the headers of a request', () => {
  it('tell of its trace', () => {
    expect(traceOfHeaders({ traceparent, tracestate: 'a=1' })).toEqual({ traceparent, tracestate: 'a=1' });
    expect(traceOfHeaders({ traceparent, tracestate: ['a=1', 'b=2'] })).toMatchObject({
      tracestate: 'a=1,b=2',
    });
    expect(traceOfHeaders({ traceparent })).toEqual({ traceparent });
  });

  it.each([
    ['none', undefined],
    ['another version', traceparent.replace(/^00/, 'cc')],
    ['capital letters', traceparent.toUpperCase()],
    ['a trace of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['a parent of zeros', `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`],
    ['something more', `${traceparent}-more`],
    ['several', [traceparent, traceparent]],
  ])('tell of no trace by %s', (_, text) => {
    expect(traceOfHeaders({ traceparent: text, tracestate: 'a=1' })).toBeUndefined();
  });

  it('tell of their trace without a state that cannot be read', () => {
    expect(traceOfHeaders({ traceparent, tracestate: 'no state' })).toEqual({ traceparent });
    expect(traceOfHeaders({ traceparent, tracestate: `a=${'x'.repeat(600)}` })).toEqual({ traceparent });
  });
});
