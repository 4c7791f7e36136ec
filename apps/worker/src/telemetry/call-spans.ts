import {
  type CallError,
  type CallEvent,
  type CallIdentity,
  type CallJob,
  type CallResult,
  type EndedRecord,
  endedState,
  type LegProgress,
  laneQueueName,
  type TraceContext,
} from '@outdial/contract';
import { type Attributes, fail, type Span, SpanKind, startSpan, traceContextOf } from '@outdial/tracing';

/**
 * The spans of a job in this worker's hands: that of the job itself, a child of the span that queued it, and those of what happens to
 * its call. They follow the events of the call, and record nothing where nobody records the job's.
 */
export class CallSpans {
  /** The job's trace for those who carry on with it: who gets its events and outcomes. */
  readonly traceContext: TraceContext | undefined;
  readonly #job: Span;
  readonly #detects: boolean;
  #dial: Span | null = null;
  #ring: Span | null = null;
  #detection: Span | null = null;
  /** Of the steps that run, by their index: one that is taken beside another ends before anything else happens. */
  readonly #steps = new Map<number, Span>();
  readonly #legs = new Map<string, Span>();

  /** Begins with that of the job. */
  constructor(job: CallJob, workerId: string) {
    const { id, lane, label, liveSpeakerDetect, traceContext } = job;
    const queue = laneQueueName(lane);
    this.#job = startSpan(`process ${queue}`, {
      kind: SpanKind.CONSUMER,
      parent: traceContext ?? null,
      attributes: () => ({
        'messaging.system': 'bullmq',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': queue,
        'messaging.message.id': id,
        'messaging.client.id': workerId,
        'outdial.lane': lane,
        ...(label !== undefined && { 'outdial.label': label }),
      }),
    });
    this.#detects = liveSpeakerDetect !== null;
    this.traceContext = traceContextOf(this.#job);
  }

  /** An identity of the call, for outcomes and events that carry the trace on. */
  identify(identity: CallIdentity): CallIdentity {
    return Object.assign({}, identity, { traceContext: this.traceContext });
  }

  /** The trace for the headers of an INVITE that is sent now: that of the step which dials, or of the callee's dial. */
  get inviting(): TraceContext | undefined {
    const span = this.#runningStep ?? this.#dial;
    return span === null ? this.traceContext : traceContextOf(span);
  }

  /** The callee is about to be dialled: a route, a server and media are looked for first. */
  beginDial(): void {
    if (this.#job.isRecording()) this.#dial = startSpan('dial', { kind: SpanKind.CLIENT, parent: this.#job });
  }

  /** Nobody was dialled. `errorType`: the code of the error. */
  notDialled(errorType: string): void {
    if (this.#dial !== null) fail(this.#dial, errorType);
  }

  /** The job has its result without a call: `error`, or null for a cancelled one. */
  settled(error: CallError | null): void {
    if (error === null) this.#job.setAttribute('outdial.cause', 'CANCELLED');
    else fail(this.#job, error.code);
  }

  /** The job is handed out again later. */
  postponed(): void {
    this.#job.setAttribute('outdial.postponed', true);
  }

  /** This worker failed the job. */
  failed(errorType: string): void {
    fail(this.#job, errorType);
  }

  /** Something has happened to the call. */
  take(event: CallEvent): void {
    if (!this.#job.isRecording()) return;
    switch (event.type) {
      case 'calling':
        this.#dial?.addEvent('invited', event.at);
        break;
      case 'ringing':
        if (this.#dial !== null) this.#ring ??= startSpan('ring', { parent: this.#dial, at: event.at });
        break;
      case 'answered':
        this.#endDial({ 'outdial.answered': true }, event.at);
        if (this.#detects) this.#detection = startSpan('detect', { parent: this.#job, at: event.at });
        break;
      case 'verdict': {
        const { farEndType, confidence, kind } = event.verdict;
        this.#detection?.setAttributes({
          'outdial.far_end_type': farEndType,
          'outdial.verdict.confidence': confidence,
          'outdial.verdict.kind': kind,
        });
        this.#detection?.end(event.at);
        this.#detection = null;
        break;
      }
      case 'stepStarted':
        this.#steps.set(
          event.index,
          startSpan(`step ${event.step}`, {
            parent: this.#job,
            at: event.at,
            attributes: () => ({ 'outdial.step': event.step, 'outdial.step.index': event.index }),
          }),
        );
        break;
      case 'stepEnded':
        this.#endStep(event);
        break;
      case 'leg':
        this.#takeLeg(event.leg, event.at);
        break;
      default:
        break;
    }
  }

  /** The result is known. */
  resulted(result: CallResult): void {
    if (!this.#job.isRecording()) return;
    const { state, cause, farEndType, callId, trunk, rawCause, timings } = result;
    const { sipStatus, q850 } = rawCause;
    const told = {
      'outdial.state': state,
      'outdial.cause': cause,
      ...(callId !== null && { 'outdial.call.id': callId }),
      ...(trunk !== null && { 'outdial.trunk': trunk }),
      ...(sipStatus !== null && { 'outdial.sip.status_code': sipStatus }),
      ...(q850 !== null && { 'outdial.q850': q850 }),
    };
    this.#job.setAttributes({ ...told, 'outdial.far_end_type': farEndType });
    const errorType = faultOf(result.error);
    if (errorType !== null) this.failed(errorType);
    if (this.#dial === null) return;
    if (errorType !== null) fail(this.#dial, errorType);
    this.#endDial(told, timings.endedAt);
  }

  /** The ended record is known. */
  ended({ cause, endedBy, durationMs, error }: EndedRecord): void {
    if (!this.#job.isRecording()) return;
    this.#job.setAttributes({
      'outdial.ended.cause': cause,
      'outdial.ended.by': endedBy,
      'outdial.duration_ms': durationMs,
    });
    const errorType = faultOf(error);
    if (errorType !== null) this.failed(errorType);
  }

  /** Ends them all: the job has left this worker's hands. */
  end(): void {
    for (const span of [
      ...this.#legs.values(),
      ...this.#steps.values(),
      this.#detection,
      this.#ring,
      this.#dial,
    ])
      span?.end();
    this.#job.end();
  }

  #endDial(attributes: Attributes, at: number | undefined): void {
    this.#ring?.end(at);
    this.#dial?.setAttributes(attributes);
    this.#dial?.end(at);
    this.#ring = null;
    this.#dial = null;
  }

  get #runningStep(): Span | null {
    return [...this.#steps.values()][0] ?? null;
  }

  #endStep({ index, outcome, error, at }: Extract<CallEvent, { type: 'stepEnded' }>): void {
    const step = this.#steps.get(index);
    if (step === undefined) return;
    step.setAttribute('outdial.step.outcome', outcome);
    if (error !== null) fail(step, error.code);
    step.end(at);
    this.#steps.delete(index);
  }

  #takeLeg({ callId, state, cause }: LegProgress, at: number): void {
    let leg = this.#legs.get(callId);
    if (leg === undefined) {
      leg = startSpan('dial leg', {
        kind: SpanKind.CLIENT,
        parent: this.#runningStep ?? this.#job,
        at,
        attributes: () => ({ 'outdial.call.id': callId }),
      });
      this.#legs.set(callId, leg);
    }
    if (state !== 'IDLE' && state !== 'ERROR') return void leg.addEvent(state.toLowerCase(), at);
    leg.setAttribute('outdial.cause', cause);
    if (state === 'ERROR') fail(leg, cause);
    leg.end(at);
    this.#legs.delete(callId);
  }
}

/** The code of an error that was a fault of ours; null: there was none, or the call ended as calls do. */
function faultOf(error: CallError | null): string | null {
  return error !== null && endedState(error) === 'ERROR' ? error.code : null;
}
