import {
  type CallEffects,
  type CallEnding,
  type CallIdentity,
  type CallOutcome,
  failedBeforeInvite,
  type QueueFacts,
  toEndedRecord,
  toResult,
} from '@outdial/call-machine';
import { type CallEvent, type ErrorCode, OutdialError } from '@outdial/contract';
import type { Whereabouts } from '@outdial/telephony';
import type { Logger } from 'pino';
import type { CallJournal } from './call-journal.js';
import type { LineEffects } from './call-line.js';
import { knownWhereabouts } from './whereabouts.js';

/** Events of the stream as they are given here; who and when is added. */
type Progress = CallEvent extends infer Event
  ? Event extends CallEvent
    ? Omit<Event, 'jobId' | 'callId' | 'workerId' | 'at'>
    : never
  : never;

export type ReportEffects = Omit<CallEffects, keyof LineEffects>;

/** What the machine of one call wants recorded and published, put into words for the journal and the log. */
export class CallReport {
  readonly #identity: CallIdentity & QueueFacts;
  readonly #journal: CallJournal;
  readonly #logger: Logger;
  /** The leg's own, which it adds to as it learns more. */
  readonly #whereabouts: Readonly<Whereabouts>;
  #notSent: OutdialError | null = null;

  readonly effects: ReportEffects = {
    recordCalling: () => this.#record('calling', { type: 'calling', callTo: this.#identity.callTo }),
    recordRinging: (ringing) => this.#record('ringing', { type: 'ringing', ...ringing }),
    recordAnswered: ({ codec }) => this.#record('answered', { type: 'answered', codec }),
    recordVerdict: ({ verdict }) => this.#record('answered', { type: 'verdict', verdict }),
    recordRevisedVerdict: ({ verdict }) => this.#record('answered', { type: 'revised', verdict }),
    recordWaitEnded: ({ waitId, outcome }) => {
      this.#logger.info({ waitId, ...outcome }, 'the wait for an answering machine has ended');
      this.#record('answered', { type: 'waitEnded', waitId, ...outcome });
    },
    publishResult: (outcome) => this.#publishResult(outcome),
    publishEnded: (ending) => this.#publishEnded(ending),
    discard: ({ reason }) => {
      this.#logger.warn({ reason }, 'the call is not ours any more; nothing of it is published here');
      this.#journal.abandon();
    },
  };

  constructor(
    identity: CallIdentity & QueueFacts,
    whereabouts: Whereabouts,
    { journal, logger }: { journal: CallJournal; logger: Logger },
  ) {
    this.#identity = identity;
    this.#whereabouts = whereabouts;
    this.#journal = journal;
    this.#logger = logger;
  }

  /** Why the INVITE never left: instead of a result, which the job may still get by another try. */
  get notSent(): OutdialError | null {
    return this.#notSent;
  }

  #publishResult(outcome: CallOutcome): void {
    if (failedBeforeInvite(outcome)) {
      // The words of `rejected`, which are telephony's own.
      const { code, message } = outcome.error as { code: ErrorCode; message: string };
      this.#notSent = new OutdialError(code, message, { retryable: true });
      return;
    }
    const result = toResult(outcome, this.#identity);
    const { state, cause, farEndType, error } = result;
    this.#logger.info({ state, cause, farEndType, code: error?.code, ...result.rawCause }, 'result');
    this.#journal.settle(result, this.#stamp({ type: 'result', result }));
  }

  #publishEnded(ending: CallEnding): void {
    const ended = toEndedRecord(ending, this.#identity);
    this.#logger.info({ cause: ended.cause, endedBy: ended.endedBy, durationMs: ended.durationMs }, 'ended');
    this.#journal.end(ended, this.#stamp({ type: 'ended', ended }));
  }

  #record(phase: 'calling' | 'ringing' | 'answered', progress: Progress): void {
    this.#journal.record({
      phase,
      whereabouts: knownWhereabouts(this.#whereabouts),
      event: this.#stamp(progress),
    });
  }

  #stamp(progress: Progress): CallEvent {
    const { jobId, callId, workerId } = this.#identity;
    return { jobId, callId, workerId, at: Date.now(), ...progress } as CallEvent;
  }
}
