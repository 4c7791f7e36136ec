import { type CallJob, laneQueueName } from '@outdial/contract';
import { type Span, SpanKind, traceContextOf, withSpan } from '@outdial/tracing';

/** What jobs are told of the trace that their adding is part of; those that are in one already stay in it. */
export type IntoTrace = (jobs: readonly CallJob[]) => CallJob[];

/**
 * Adds a job within a span of its own, which is a child of the job's trace, or of the active span, and gives it the job to add:
 * with that span's trace.
 */
export function withProducerSpan<T>(job: CallJob, add: (traced: CallJob) => Promise<T>): Promise<T> {
  const { id, lane } = job;
  const attributes = () => ({ ...attributesOf(lane), 'messaging.message.id': id });
  const options = { kind: SpanKind.PRODUCER, parent: job.traceContext, attributes };
  return withSpan(`add ${laneQueueName(lane)}`, options, (span) => add(inTraceOf(span, job)));
}

/** Adds many jobs within one span, the active one's child. Jobs that are in a trace of their own stay in it. */
export function withBatchSpan<T>(
  add: (intoTrace: IntoTrace, count: (jobs: number) => void) => Promise<T>,
): Promise<T> {
  return withSpan('add calls', { kind: SpanKind.PRODUCER, attributes: () => attributesOf() }, (span) =>
    add(
      (jobs) => jobs.map((job) => (job.traceContext === undefined ? inTraceOf(span, job) : job)),
      (jobs) => void span.setAttribute('messaging.batch.message_count', jobs),
    ),
  );
}

function inTraceOf(span: Span, job: CallJob): CallJob {
  const traceContext = traceContextOf(span);
  return traceContext === undefined ? job : { ...job, traceContext };
}

function attributesOf(lane?: string) {
  return {
    'messaging.system': 'bullmq',
    'messaging.operation.name': 'add',
    'messaging.operation.type': 'send',
    ...(lane !== undefined && { 'messaging.destination.name': laneQueueName(lane), 'outdial.lane': lane }),
  };
}
