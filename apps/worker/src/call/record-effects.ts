import type * as machine from '@outdial/call-machine';
import {
  buildEndedRecord,
  buildResult,
  type CallEnding,
  type CallError,
  type CallEvent,
  type CallIdentity,
  type CallOutcome,
  type CallQuality,
  type EarlyMedia,
  type LegProgress,
  type LegReport,
  type RecordingReport,
  type StepData,
  type Whereabouts,
} from '@outdial/contract';
import type { Logger } from 'pino';
import type { CallJournal } from '../outcomes/call-journal.js';
import type { CallSpans } from '../telemetry/call-spans.js';
import type { Metrics } from '../telemetry/metrics.js';

type ParamsOf<Name extends keyof machine.RecordEffects> = Parameters<machine.RecordEffects[Name]>[0];

export interface RecordedCall {
  identity: CallIdentity;
  /** Epoch milliseconds. */
  enqueuedAt: number;
  /** Those of the callee's leg: its own object, to which it adds what it learns. */
  whereabouts: Readonly<Whereabouts>;
  /** What was heard before the answer; null: nobody listened. Never rejects. */
  earlyMedia: () => Promise<EarlyMedia | null>;
  /** How good its audio is, or was; null: that is not measured. Never rejects. */
  quality: () => Promise<CallQuality | null>;
  /** The legs beside the callee's, once they have ended. Never rejects. */
  legs: () => Promise<LegReport[]>;
  /** Its recordings, once they have ended. Never rejects. */
  recordings: () => Promise<RecordingReport[]>;
}

/** The machine's effects that record and publish: they build the events and records, and write them to journal and log. */
export class RecordEffects implements machine.RecordEffects {
  readonly #call: RecordedCall;
  readonly #journal: CallJournal;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #spans: CallSpans;
  #notSent: CallError | null = null;

  constructor(
    call: RecordedCall,
    {
      journal,
      logger,
      metrics,
      spans,
    }: { journal: CallJournal; logger: Logger; metrics: Metrics; spans: CallSpans },
  ) {
    this.#call = call;
    this.#journal = journal;
    this.#logger = logger;
    this.#metrics = metrics;
    this.#spans = spans;
  }

  recordCalling(): void {
    this.#record('calling', { type: 'calling', callTo: this.#call.identity.callTo, ...this.#told() });
  }

  recordRinging({ sipStatus, earlyMedia }: ParamsOf<'recordRinging'>): void {
    this.#record('ringing', { type: 'ringing', sipStatus, earlyMedia, ...this.#told() });
  }

  recordNetworkTone(tone: ParamsOf<'recordNetworkTone'>): void {
    this.#record('ringing', { type: 'networkTone', ...tone, ...this.#told() });
  }

  recordAnswered({ codec }: ParamsOf<'recordAnswered'>): void {
    this.#record('answered', { type: 'answered', codec, ...this.#told() });
  }

  recordVerdict({ verdict }: ParamsOf<'recordVerdict'>): void {
    this.#record('answered', { type: 'verdict', verdict, ...this.#told() });
  }

  recordRevisedVerdict({ verdict }: ParamsOf<'recordRevisedVerdict'>): void {
    this.#record('answered', { type: 'revised', verdict, ...this.#told() });
  }

  recordWaitEnded({ waitId, outcome }: ParamsOf<'recordWaitEnded'>): void {
    this.#logger.info({ waitId, ...outcome }, 'wait for an answering machine ended');
    this.#record('answered', { type: 'waitEnded', waitId, ...outcome, ...this.#told() });
  }

  recordStepStarted({ index, step }: ParamsOf<'recordStepStarted'>): void {
    this.#record('answered', { type: 'stepStarted', index, step, ...this.#told() });
  }

  recordStepEnded({ index, step, outcome, error, data }: ParamsOf<'recordStepEnded'>): void {
    this.#metrics.stepEnded(step, outcome, error?.code ?? '');
    if (error !== null) this.#logger.warn({ index, step, outcome, ...error }, 'step of the plan failed');
    if (step === 'notify' && data !== null) this.#notify(data);
    this.#record('answered', { type: 'stepEnded', index, step, outcome, error, data, ...this.#told() });
  }

  recordCommandEnded({ commandId, steps }: ParamsOf<'recordCommandEnded'>): void {
    this.#record('answered', { type: 'commandEnded', commandId, steps: [...steps], ...this.#told() });
  }

  returnJob({ error }: ParamsOf<'returnJob'>): void {
    this.#notSent = error;
  }

  publishResult(outcome: CallOutcome): void {
    const identity = this.#identity;
    // Asked for now: the media may be about to be released.
    const heard = outcome.earlyMedia === null ? null : this.#call.earlyMedia();
    this.#journal.settle(async () => {
      const earlyMedia = (await heard) ?? outcome.earlyMedia;
      const result = buildResult(identity, { ...outcome, earlyMedia, timings: this.#timings(outcome) });
      const { state, cause, farEndType, error } = result;
      this.#logger.info({ state, cause, farEndType, code: error?.code, ...result.rawCause }, 'result');
      this.#spans.resulted(result);
      return result;
    });
  }

  publishEnded(ending: CallEnding): void {
    // Asked for now: the media is about to be released.
    const quality = this.#call.quality();
    const recordings = this.#call.recordings();
    const legs = this.#call.legs();
    this.#journal.end(async () => {
      const timings = this.#timings(ending);
      const ended = buildEndedRecord(
        this.#identity,
        { ...ending, timings },
        { quality: await quality, recordings: await recordings, legs: await legs },
      );
      const { cause, endedBy, durationMs, error } = ended;
      this.#logger.info(
        { cause, endedBy, durationMs, code: error?.code, mos: ended.quality?.mos },
        'call ended',
      );
      this.#spans.ended(ended);
      return ended;
    });
  }

  discard(): void {
    this.#logger.warn('call belongs to another worker now; nothing of it is published here');
    this.#journal.abandon();
  }

  /** Why no INVITE left, or null: then nothing is published, and the job may be tried again. */
  get notSent(): CallError | null {
    return this.#notSent;
  }

  /** Something is new of a leg beside the callee's. */
  legProgressed(leg: LegProgress): void {
    this.#record('answered', { type: 'leg', leg, ...this.#told() });
  }

  recordingStarted(started: Pick<RecordingReport, 'name' | 'path'>): void {
    this.#record('answered', { type: 'recordingStarted', ...started, ...this.#told() });
  }

  /** A recording has ended, or could not be made. */
  recordingEnded(report: RecordingReport): void {
    const { name, path, error } = report;
    if (error !== null) this.#logger.error({ name, path, ...error }, 'recording is not complete');
    this.#record('answered', { type: 'recordingEnded', ...report, ...this.#told() });
  }

  #notify({ name, data }: StepData): void {
    this.#record('answered', {
      type: 'notified',
      name: String(name),
      data: data as StepData,
      ...this.#told(),
    });
  }

  /** With the trunk that was used last: the call may have been moved to another. */
  get #identity(): CallIdentity {
    const { identity, whereabouts } = this.#call;
    return { ...identity, trunk: whereabouts.trunk ?? null };
  }

  #timings({ timings }: Pick<CallOutcome, 'timings'>): CallOutcome['timings'] {
    return { enqueuedAt: this.#call.enqueuedAt, ...timings };
  }

  /** What every event tells: which call, which worker, and when. */
  #told() {
    const { jobId, callId, workerId, lane, label, traceContext } = this.#call.identity;
    return { jobId, callId, workerId, lane, label, traceContext, at: Date.now() };
  }

  #record(phase: 'calling' | 'ringing' | 'answered', event: CallEvent): void {
    this.#spans.take(event);
    this.#journal.record({ phase, event });
  }
}
