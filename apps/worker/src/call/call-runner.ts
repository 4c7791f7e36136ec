import { type CallMachineEvent, type CallTrace, callMachine } from '@outdial/call-machine';
import {
  type CallCapture,
  type CallCommand,
  type CallJob,
  type CaptureTerms,
  callIdentity,
  type ErrorCode,
  OutdialError,
} from '@outdial/contract';
import type { PreparedDial, Telephony } from '@outdial/telephony';
import { type Actor, createActor } from 'xstate';
import { CallJournal, type JournalServices } from '../outcomes/call-journal.js';
import type { Speech } from '../speech/speech.js';
import type { CallSpans } from '../telemetry/call-spans.js';
import { CallCapture as Capture } from './call-capture.js';
import { callFacts } from './call-facts.js';
import { CallRecordings } from './call-recordings.js';
import { callValues } from './call-values.js';
import { LegEffects } from './leg-effects.js';
import { FurtherLegs } from './legs/further-legs.js';
import { OwnerWatch } from './owner-watch.js';
import { RecordEffects } from './record-effects.js';

/** Of the machine of every call: each is in a system of its own. */
const ACTOR_ID = 'call';

/** A call that may be dialled: its job, its reserved leg, and the ledger's claim. */
export interface ClaimedCall {
  job: CallJob;
  spans: CallSpans;
  prepared: PreparedDial;
  token: string;
  workerId: string;
  /** Epoch milliseconds. */
  enqueuedAt: number;
  /** Asked once more just before the INVITE leaves. */
  mayDial: () => boolean;
  /** Whether no other worker can have taken the call over. */
  isLeaseLive: () => boolean;
}

export interface CallServices extends JournalServices {
  /** Where recordings are written to; null: nowhere. */
  recordingsDirectory: string | null;
  /** Null: none is configured. */
  speech: Speech | null;
  telephony: Pick<Telephony, 'prepare'>;
  /** Keeps what was captured of a call. */
  keepCapture: (jobId: string, capture: CallCapture) => Promise<void>;
  /** What is captured of the calls of a lane, whose jobs do not say. */
  captureOfLane: (lane: string) => CaptureTerms;
}

/** Runs one call: carries the machine's decisions out, on the leg and in the records, and reports back to the machine. */
export class CallRunner {
  readonly #journal: CallJournal;
  readonly #records: RecordEffects;
  readonly #capture: Capture;
  readonly #leg: LegEffects;
  readonly #owner: OwnerWatch;
  readonly #actor: Actor<typeof callMachine>;

  constructor(call: ClaimedCall, services: CallServices) {
    const { job, spans, prepared, token, workerId, enqueuedAt, mayDial, isLeaseLive } = call;
    const { whereabouts } = prepared;
    const identity = spans.identify(callIdentity(job, workerId, whereabouts));
    const { jobId, callId } = identity;
    const logger = services.logger.child({ jobId, callId });
    const recordings = new CallRecordings({
      directory: services.recordingsDirectory,
      jobId,
      workerId,
      onStarted: (started) => this.#records.recordingStarted(started),
      onEnded: (report) => this.#records.recordingEnded(report),
    });
    const legs = new FurtherLegs({
      jobId,
      telephony: services.telephony,
      isLeaseLive,
      logger,
      traceContext: () => spans.inviting,
      callee: () => this.#leg.calleeLeg,
      claim: () => this.#journal.claimLeg(),
      onProgress: (progress) => this.#records.legProgressed(progress),
    });
    this.#journal = new CallJournal(
      { ...services, logger },
      {
        claim: { jobId, workerId, job, token },
        factsNow: () => callFacts(this.#trace, enqueuedAt),
        recordingsNow: () => recordings.current,
        legReportsNow: () => legs.current,
        legsNow: () => [{ ...whereabouts }, ...legs.whereabouts],
        isGone: () => this.#leg.isGone,
        onClaimLost: () => this.loseClaim(),
      },
    );
    this.#owner = new OwnerWatch(isLeaseLive, (event) => this.#send(event));
    this.#records = new RecordEffects(
      {
        identity,
        enqueuedAt,
        whereabouts,
        earlyMedia: () => this.#leg.earlyMedia(),
        quality: () => this.#leg.quality(),
        recordings: () => recordings.reports(),
        legs: () => legs.reports(),
      },
      { journal: this.#journal, logger, metrics: services.metrics, spans },
    );
    this.#capture = new Capture({
      terms: job.capture ?? services.captureOfLane(job.lane),
      keep: (captured) => services.keepCapture(jobId, captured),
      logger,
    });
    this.#leg = new LegEffects({
      job,
      capture: this.#capture,
      prepared,
      mayDial,
      recordings,
      legs,
      owner: this.#owner,
      speech: services.speech,
      logger,
      values: () => callValues(job, this.#trace),
      report: (event) => this.#send(event),
    });
    const effects = { leg: this.#leg, records: this.#records };
    this.#actor = createActor(callMachine, { input: { terms: job, now: Date.now, effects } });
    // XState keeps an actor's timers by its id. It would be another for each call, and each would be a new shape of object to V8.
    this.#actor.sessionId = ACTOR_ID;
  }

  /**
   * Dials; resolves when the call has ended and everything about it is written and published. Resolves with an error when
   * no INVITE left: then nothing is published, and the job may be tried again.
   */
  async run(): Promise<OutdialError | null> {
    const finished = new Promise<void>((resolve, reject) => {
      this.#actor.subscribe({ complete: resolve, error: reject });
    });
    this.#actor.start();
    this.#actor.send({ type: 'dial' });
    await finished;
    await this.#journal.written();
    await this.#leg.planEnded();
    await this.#capture.end();
    return this.#notSent;
  }

  /**
   * Resolves once nothing of a call that has run is up, and the ledger says so. As a rule that is at once; a call whose
   * drachtio was lost may be up until that is back. Until then another worker takes it over if this one is lost.
   */
  async released(): Promise<void> {
    if (this.#notSent !== null || !(await this.#leg.untilGone())) return;
    this.#journal.release();
    await this.#journal.written();
  }

  /** Whether the call had to be given up: nothing more of it was published here. */
  get isClaimLost(): boolean {
    return !this.#journal.isOurs;
  }

  /** The ledger does not list the call among this worker's. */
  confirmClaim(): void {
    this.#journal.confirm();
  }

  cancel(): void {
    this.#send({ type: 'cancelRequested' });
  }

  /** The campaign app asks something of the call. It may ask again for the same. */
  command(command: CallCommand): void {
    switch (command.type) {
      case 'waitForAnswerMachine':
        this.#send({ type: 'waitRequested', waitId: command.waitId, parameters: command.parameters });
        break;
      case 'runSteps':
        this.#send({ type: 'stepsRequested', commandId: command.commandId, steps: command.steps });
        break;
      case 'runBeside':
        this.#send({ type: 'stepBesideRequested', commandId: command.commandId, step: command.step });
        break;
      case 'endStep':
        this.#send({ type: 'stepEndRequested', commandId: command.commandId, kinds: command.kinds });
        break;
      case 'heartbeat':
        if (this.#actor.getSnapshot().status === 'active') this.#owner.heartbeat(command.secondsTimeout);
    }
  }

  /** The worker stops, and the time to drain is over. */
  expireDrain(): void {
    this.#send({ type: 'drainExpired' });
  }

  /** Another worker owns the call now. */
  loseClaim(): void {
    this.#send({ type: 'claimLost' });
  }

  get #trace(): CallTrace {
    return this.#actor.getSnapshot().context.trace;
  }

  get #notSent(): OutdialError | null {
    const error = this.#records.notSent;
    // The code is that of telephony's `rejected`.
    return error && new OutdialError(error.code as ErrorCode, error.message, { retryable: true });
  }

  /** Events after the machine is done are ignored: a timer, a cancel that crossed the end. */
  #send(event: CallMachineEvent): void {
    if (this.#actor.getSnapshot().status === 'active') this.#actor.send(event);
  }
}
