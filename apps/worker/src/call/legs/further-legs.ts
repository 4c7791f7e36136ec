import { setTimeout as delay } from 'node:timers/promises';
import {
  type CallError,
  type LegProgress,
  type LegReport,
  OutdialError,
  type TraceContext,
  type Whereabouts,
} from '@outdial/contract';
import type { LegSoFar } from '@outdial/ledger';
import type { Leg, PreparedDial, Telephony } from '@outdial/telephony';
import type { Logger } from 'pino';
import { FurtherLeg, type LegRequest, NO_RAW_CAUSE } from './further-leg.js';

/** How long the ended record waits for what a leg that is being hung up says of its end. */
const END_WITHIN_MS = 5000;

export interface FurtherLegsOptions {
  jobId: string;
  telephony: Pick<Telephony, 'prepare'>;
  /** The callee's leg, once it was dialled. */
  callee: () => Leg;
  /** Asks the ledger for the right to dial the last leg of the call's. */
  claim: () => Promise<boolean>;
  /** Asked just before an INVITE leaves: whether no other worker can have taken the call over. */
  isLeaseLive: () => boolean;
  onProgress: (progress: LegProgress) => void;
  /** The trace for the headers of an INVITE that is sent now, where they are wanted; absent: none. */
  traceContext: () => TraceContext | undefined;
  logger: Logger;
}

/** Nobody was dialled; `error` is null where the signal aborted first. */
export interface NotDialled {
  error: CallError | null;
}

/** The legs of a call beside the callee's, each of which is claimed before its INVITE leaves. */
export class FurtherLegs {
  readonly #options: FurtherLegsOptions;
  readonly #legs: FurtherLeg[] = [];
  /** Reports of those that could not be dialled. */
  readonly #failed: LegReport[] = [];
  /** What is being claimed, by where it will live. */
  readonly #claiming = new Map<Whereabouts, LegSoFar>();

  constructor(options: FurtherLegsOptions) {
    this.#options = options;
  }

  /** Where those live that may be up, or are about to be. */
  get whereabouts(): Whereabouts[] {
    const up = this.#legs.filter(({ leg }) => !leg.isGone).map(({ whereabouts }) => whereabouts);
    return [...up, ...this.#claiming.keys()].map((leg) => ({ ...leg }));
  }

  /** Whether nothing of them is up. */
  get isGone(): boolean {
    return this.#claiming.size === 0 && this.#legs.every(({ leg }) => leg.isGone);
  }

  /** Resolves with true when nothing of them is up; with false when another worker has to release one. */
  async untilGone(): Promise<boolean> {
    const gone = await Promise.all(
      this.#legs.map(async ({ ended, leg }) => {
        await ended;
        return leg.untilGone();
      }),
    );
    return gone.every((isGone) => isGone);
  }

  /** Dials one, to be bridged with the callee's. Resolves once the INVITE was asked for, or cannot be; never rejects. */
  async dial(request: LegRequest, signal: AbortSignal): Promise<FurtherLeg | NotDialled> {
    const { telephony, callee, jobId, traceContext } = this.#options;
    let prepared: PreparedDial;
    try {
      prepared = await telephony.prepare({
        ...{ ...request, jobId, beside: callee() },
        traceContext: traceContext(),
      });
    } catch (error) {
      return this.#notDialled(request, error);
    }
    await prepared.turn(signal);
    return this.#claimAndDial(request, prepared, signal);
  }

  /** What has become of them so far. */
  get current(): LegSoFar[] {
    const dialled = this.#legs.map((leg) => leg.soFar());
    return inOrder([...dialled, ...this.#failed, ...this.#claiming.values()]);
  }

  /** What has become of them, once they have ended, or in a while. Never rejects. */
  async reports(): Promise<LegReport[]> {
    const giveUp = new AbortController();
    const late = delay(END_WITHIN_MS, undefined, { ref: false, signal: giveUp.signal }).catch(
      () => undefined,
    );
    await Promise.race([Promise.all(this.#legs.map(({ ended }) => ended)), late]);
    giveUp.abort();
    return inOrder([...this.#legs.map((leg) => leg.report()), ...this.#failed]);
  }

  async #claimAndDial(
    request: LegRequest,
    prepared: PreparedDial,
    signal: AbortSignal,
  ): Promise<FurtherLeg | NotDialled> {
    const { claim, isLeaseLive, onProgress, logger } = this.#options;
    const { whereabouts } = prepared;
    this.#claiming.set(whereabouts, claimedLeg(request, whereabouts));
    const isClaimed = !signal.aborted && (await claim());
    this.#claiming.delete(whereabouts);
    if (isClaimed && !signal.aborted) {
      const leg = new FurtherLeg({ request, prepared, mayDial: isLeaseLive, onProgress, logger });
      this.#legs.push(leg);
      return leg;
    }
    await prepared.discard();
    if (signal.aborted) return { error: null };
    const refused = new OutdialError('WORKER_LOST', 'the ledger gave no right to dial a further leg');
    return this.#notDialled(request, refused);
  }

  #notDialled({ callTo, callFrom, trunk }: LegRequest, thrown: unknown): NotDialled {
    const { code, message } =
      thrown instanceof OutdialError ? thrown : new OutdialError('INTERNAL', String(thrown));
    const error = { code, message };
    this.#options.logger.warn({ callTo, ...error }, 'a further leg was not dialled');
    const now = Date.now();
    this.#failed.push({
      callId: null,
      callTo,
      callFrom: callFrom ?? null,
      trunk: trunk ?? null,
      state: 'ERROR',
      cause: 'ERROR',
      rawCause: NO_RAW_CAUSE,
      error,
      endedBy: 'FAILURE',
      timings: { callingAt: now, endedAt: now },
    });
    return { error };
  }
}

/** A leg whose INVITE may be about to leave. */
function claimedLeg({ callTo, callFrom }: LegRequest, { callId, trunk }: Whereabouts): LegSoFar {
  return {
    ...{
      callId,
      callTo,
      callFrom: callFrom ?? null,
      trunk: trunk ?? null,
      rawCause: NO_RAW_CAUSE,
      error: null,
    },
    ...{ state: 'IDLE', cause: 'NORMAL', endedBy: 'CALL' },
    timings: { callingAt: Date.now() },
  };
}

function inOrder<Report extends LegSoFar>(reports: Report[]): Report[] {
  return reports.sort((a, b) => a.timings.callingAt - b.timings.callingAt);
}
