import {
  type CallError,
  type Cause,
  type LegEndedBy,
  type LegEvent,
  type LegProgress,
  type LegReport,
  type RawCause,
  TIME_LIMITS,
  type Whereabouts,
} from '@outdial/contract';
import type { LegSoFar } from '@outdial/ledger';
import type { Leg, PreparedDial } from '@outdial/telephony';
import type { Logger } from 'pino';

/** Whom a further leg dials, and how. `callTo` is in the contract's normal form. */
export interface LegRequest {
  callTo: string;
  callFrom?: string | undefined;
  callerName?: string | undefined;
  trunk?: string | undefined;
  headers: Record<string, string>;
  /** Seconds from the INVITE to the answer. */
  secondsTimeout: number;
}

export interface FurtherLegOptions {
  request: LegRequest;
  prepared: PreparedDial;
  /** Asked just before the INVITE leaves. */
  mayDial: () => boolean;
  /** Something is new: for the ledger and for subscribers. */
  onProgress: (progress: LegProgress) => void;
  logger: Logger;
}

/** How it ended, as far as that is known before its end is confirmed. */
interface Ending {
  endedBy: LegEndedBy;
  cause: Cause;
  error: CallError | null;
}

export const NO_RAW_CAUSE: RawCause = { sipStatus: null, sipReason: null, q850: null };

/** A leg that a step dials beside the callee's, such as an agent's: from its INVITE to its end. */
export class FurtherLeg {
  /** Resolves when it is answered and its audio flows, with true; or has ended, with false. */
  readonly answered: Promise<boolean>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  readonly leg: Leg;
  readonly #options: FurtherLegOptions;
  readonly #logger: Logger;
  #settleAnswered: (isUp: boolean) => void = () => undefined;
  #settleEnded: () => void = () => undefined;
  readonly #timings: LegSoFar['timings'] = { callingAt: Date.now() };
  #ending: Ending | null = null;
  #rawCause: RawCause = NO_RAW_CAUSE;
  #isOver = false;
  /** The limit for what is awaited: its answer, its audio, its end. */
  #limit: NodeJS.Timeout | undefined;

  /** Sends the INVITE. */
  constructor(options: FurtherLegOptions) {
    const { prepared, mayDial, logger, request } = options;
    this.#options = options;
    this.#logger = logger.child({ legCallId: prepared.whereabouts.callId });
    this.answered = new Promise((resolve) => {
      this.#settleAnswered = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve;
    });
    this.#within(request.secondsTimeout * 1000 + TIME_LIMITS.inviteMs, () => this.#timeOut());
    this.leg = prepared.dial((event) => this.#take(event), mayDial);
  }

  get whereabouts(): Whereabouts {
    return this.leg.whereabouts;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Both far ends hear each other from now on. */
  noteBridged(): void {
    this.#timings.bridgedAt = Date.now();
    this.#tell('BRIDGED');
  }

  /** Ends it, in whatever state it is. A second time changes nothing. */
  hangUp(endedBy: LegEndedBy, { cause = 'NORMAL', error = null }: Partial<Ending> = {}): void {
    if (this.#isOver || this.#ending !== null) return;
    this.#ending = { endedBy, cause, error };
    this.#settleAnswered(false);
    this.#within(TIME_LIMITS.releaseMs, () => {
      this.#logger.warn('a leg never reported its end; giving it up');
      this.leg.giveUp();
    });
    this.leg.hangUp();
  }

  /** What is known of it; one that is not over yet counts as ending now. */
  report(): LegReport {
    const { timings, ...report } = this.soFar();
    return { ...report, timings: { ...timings, endedAt: timings.endedAt ?? Date.now() } };
  }

  /** What is known of it. */
  soFar(): LegSoFar {
    const { request } = this.#options;
    const { callId, trunk = null } = this.whereabouts;
    const { endedBy, cause, error } = this.#ending ?? { endedBy: 'CALL', cause: 'NORMAL', error: null };
    const state = this.#timings.answeredAt === undefined ? 'IDLE' : 'ANSWERED';
    return {
      ...{ callId, callTo: request.callTo, callFrom: request.callFrom ?? null, trunk },
      ...{ state: error === null ? state : 'ERROR', cause, rawCause: this.#rawCause, error, endedBy },
      timings: { ...this.#timings },
    };
  }

  #take(event: LegEvent): void {
    const { request } = this.#options;
    switch (event.type) {
      case 'invited':
        this.#timings.callingAt = event.at;
        if (this.#ending === null) this.#within(request.secondsTimeout * 1000, () => this.#timeOut());
        this.#tell('CALLING');
        break;
      case 'progressed':
        if (!event.rings || this.#timings.ringingAt !== undefined) break;
        this.#timings.ringingAt = event.at;
        this.#tell('RINGING');
        break;
      case 'answered':
        this.#timings.answeredAt = event.at;
        this.#tell('ANSWERED');
        // A 200 that crossed our CANCEL.
        if (this.#ending !== null) this.leg.hangUp();
        else {
          this.#within(TIME_LIMITS.mediaMs, () => this.#mediaFailed('no media was connected in time'));
          this.leg.connectMedia();
        }
        break;
      case 'mediaConnected':
        if (this.#ending !== null) break;
        clearTimeout(this.#limit);
        this.#settleAnswered(true);
        break;
      case 'mediaFailed':
        this.#mediaFailed(event.message);
        break;
      default:
        this.#end(event);
    }
  }

  #timeOut(): void {
    this.hangUp('STEP', { cause: 'TIMEOUT' });
  }

  #mediaFailed(message: string): void {
    this.hangUp('FAILURE', { cause: 'ERROR', error: { code: 'MEDIA_FAILED', message } });
  }

  #end(event: Extract<LegEvent, { type: 'rejected' | 'hungUp' | 'released' | 'lost' }>): void {
    if ('rawCause' in event) this.#rawCause = event.rawCause ?? NO_RAW_CAUSE;
    this.#ending ??= endingOf(event);
    this.#isOver = true;
    this.#timings.endedAt = event.at;
    clearTimeout(this.#limit);
    this.#tell(this.report().state === 'ERROR' ? 'ERROR' : 'IDLE');
    this.#settleAnswered(false);
    this.#settleEnded();
  }

  #tell(state: LegProgress['state']): void {
    const { callId, callTo, cause } = this.report();
    this.#options.onProgress({ callId: callId ?? '', callTo, state, cause });
  }

  #within(ms: number, giveUp: () => void): void {
    clearTimeout(this.#limit);
    this.#limit = setTimeout(giveUp, ms);
  }
}

function endingOf(event: Extract<LegEvent, { type: 'rejected' | 'hungUp' | 'released' | 'lost' }>): Ending {
  switch (event.type) {
    case 'rejected': {
      const { cause, error = null } = event;
      return { endedBy: error === null ? 'AGENT' : 'FAILURE', cause, error };
    }
    case 'hungUp':
      return { endedBy: 'AGENT', cause: event.cause, error: null };
    case 'lost': {
      const code = event.part === 'media' ? 'MEDIA_LOST' : 'SERVER_LOST';
      const message = `what carried the leg was lost: ${event.part} ${event.address}`.trim();
      return { endedBy: 'FAILURE', cause: 'ERROR', error: { code, message } };
    }
    default:
      return { endedBy: 'AGENT', cause: 'NORMAL', error: null };
  }
}
