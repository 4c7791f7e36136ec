import { context, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';

/** OpenTelemetry's SDK for this process, which keeps the spans that have ended. */
export class SpanRecorder {
  readonly #exporter = new InMemorySpanExporter();
  readonly #provider = new NodeTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(this.#exporter)],
  });

  constructor() {
    this.#provider.register();
  }

  /** The spans that have ended, in the order in which they did. */
  get ended(): ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  /** Those of a trace. */
  of(traceId: string): ReadableSpan[] {
    return this.ended.filter((span) => span.spanContext().traceId === traceId);
  }

  /** Of a trace each span's name and that of its parent, in alphabetical order; `''`: the parent is not among them. */
  tree(traceId: string): string[] {
    const spans = this.of(traceId);
    const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
    return spans
      .map(({ name, parentSpanContext }) => `${names.get(parentSpanContext?.spanId ?? '') ?? ''} > ${name}`)
      .sort();
  }

  /** The one span of a name in a trace. */
  named(traceId: string, name: string): ReadableSpan {
    const [span, another] = this.of(traceId).filter((candidate) => candidate.name === name);
    if (span === undefined || another !== undefined) throw new Error(`not one span ${name}`);
    return span;
  }

  /** Forgets the spans that have ended. */
  reset(): void {
    this.#exporter.reset();
  }

  async close(): Promise<void> {
    await this.#provider.shutdown();
    trace.disable();
    context.disable();
  }
}
