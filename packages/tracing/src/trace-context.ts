import {
  type Context,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  trace,
} from '@opentelemetry/api';
import { type TraceContext, traceContextSchema } from '@outdial/contract';

/**
 * What carries a span's trace on. Absent: it is in none, because no SDK is registered and nobody else began a trace. In the
 * form of W3C always, whichever propagators an SDK has: all processes of Outdial must agree on it.
 */
export function traceContextOf(span: Span): TraceContext | undefined {
  const context = span.spanContext();
  if (!isSpanContextValid(context)) return undefined;
  const { traceId, spanId, traceFlags, traceState } = context;
  const flags = (traceFlags & 0xff).toString(16).padStart(2, '0');
  const tracestate = traceState?.serialize() ?? '';
  return { traceparent: `00-${traceId}-${spanId}-${flags}`, ...(tracestate !== '' && { tracestate }) };
}

/** The trace that a request's headers tell of. Absent: they tell of none, or of one that cannot be read. */
export function traceOfHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): TraceContext | undefined {
  const { traceparent } = headers;
  if (traceparent === undefined) return undefined;
  // Several are one list (RFC 9110, section 5.3).
  const tracestate = headers.tracestate === undefined ? undefined : [headers.tracestate].flat().join(',');
  const whole = traceContextSchema.safeParse({ traceparent, tracestate });
  // A `tracestate` that cannot be read does not make the rest unusable (W3C Trace Context, section 4.3).
  const parsed = whole.success ? whole : traceContextSchema.safeParse({ traceparent });
  return parsed.data;
}

/** The context whose new spans are children of what `traceContext` tells of. */
export function contextOf({ traceparent, tracestate }: TraceContext): Context {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
  });
}
