import {
  type Attributes,
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OutdialError, type TraceContext } from '@outdial/contract';
import { contextOf } from './trace-context.js';

/** The name by which a set-up of OpenTelemetry knows these spans (their instrumentation scope). */
const SCOPE = 'outdial';

export interface SpanOptions {
  /** Default: INTERNAL. */
  kind?: SpanKind;
  /** What it is a child of: a span of this process, or what a message tells of another's; null: of none. Default: the active span. */
  parent?: Span | TraceContext | null | undefined;
  /** Asked for only where the span is recorded. They hold no telephone numbers. */
  attributes?: () => Attributes;
  /** When it began, in epoch milliseconds (default: now). */
  at?: number;
}

/** Begins a span, which its caller ends. Without an SDK it records nothing, and carries its parent's trace on. */
export function startSpan(name: string, { kind, parent, attributes, at }: SpanOptions = {}): Span {
  const options = { ...(kind !== undefined && { kind }), ...(at !== undefined && { startTime: at }) };
  const span = trace.getTracer(SCOPE).startSpan(name, options, parentOf(parent));
  if (attributes !== undefined && span.isRecording()) span.setAttributes(attributes());
  return span;
}

/** Does work within a span: what begins spans meanwhile begins children of it. */
export function within<T>(span: Span, work: () => T): T {
  return context.with(trace.setSpan(context.active(), span), work);
}

/** Does work within a new span, which ends with it, and fails with what it throws. */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = startSpan(name, options);
  try {
    return await within(span, () => work(span));
  } catch (error) {
    fail(span, errorTypeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** Marks a span as failed. The code alone is told: messages may have telephone numbers. */
export function fail(span: Span, errorType: string): void {
  if (!span.isRecording()) return;
  span.setAttribute('error.type', errorType);
  span.setStatus({ code: SpanStatusCode.ERROR, message: errorType });
}

/** The code of an error of ours, or the class of another one. */
export function errorTypeOf(error: unknown): string {
  if (error instanceof OutdialError) return error.code;
  return error instanceof Error ? error.name : typeof error;
}

function parentOf(parent: SpanOptions['parent']) {
  if (parent === undefined) return context.active();
  if (parent === null) return ROOT_CONTEXT;
  return 'traceparent' in parent ? contextOf(parent) : trace.setSpan(context.active(), parent);
}
