export { type Attributes, type Span, SpanKind, trace } from '@opentelemetry/api';
export { errorTypeOf, fail, type SpanOptions, startSpan, within, withSpan } from './spans.js';
export { traceContextOf, traceOfHeaders } from './trace-context.js';
