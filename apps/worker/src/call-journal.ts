import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { CallEvent, CallResult, EndedRecord } from '@outdial/contract';
import type {
  CallFacts,
  ClaimRequest,
  EndAnswer,
  Ledger,
  LivePhase,
  Outbox,
  Whereabouts,
} from '@outdial/ledger';
import type { Logger } from 'pino';
import { insist } from './insist.js';
import type { Metrics } from './metrics.js';
import { publishEnded, publishSettled } from './standing-outcome.js';

export interface JournalUpdate {
  phase?: LivePhase;
  whereabouts?: Whereabouts;
  event: CallEvent;
}

/** What the journal has to know of its call. */
export interface JournalledCall {
  /** As it was made. */
  claim: ClaimRequest & { token: string };
  factsNow: () => CallFacts;
  /** Whether nothing of it is up any more, as far as is known. */
  isGone: () => boolean;
  onClaimLost: () => void;
}

export interface JournalServices {
  ledger: Ledger;
  outbox: Outbox;
  logger: Logger;
  metrics: Metrics;
}

/** Between two tries to claim a call again while this worker has no lease. */
const CLAIM_AGAIN_MS = 300;

/** What waits to be written: what came while the step before was under way, gathered into one. */
interface Gathered {
  phase?: LivePhase;
  whereabouts?: Whereabouts;
  events: CallEvent[];
}

/**
 * Writes one call into the ledger, in order and each thing once, and publishes its outcomes. While Redis is
 * slow or away the call goes on, and what has happened to it meanwhile goes out in one step. Where Redis comes back
 * without the last that was written of the call, that is written again.
 */
export class CallJournal {
  readonly #services: JournalServices;
  readonly #call: JournalledCall;
  #gathered: Gathered = { events: [] };
  #isFlushDue = false;
  #isOurs = true;
  #whereabouts: Whereabouts | undefined;
  /** The steps that recorded its outcomes, to be repeated should Redis forget them. */
  readonly #outcomes: Array<() => Promise<unknown>> = [];
  /** That nothing is up any more went into the ledger, with an outcome or by itself. */
  #isReleaseWritten = false;
  #tail: Promise<void> = Promise.resolve();

  constructor(services: JournalServices, call: JournalledCall) {
    this.#services = services;
    this.#call = call;
    this.#whereabouts = call.claim.whereabouts;
  }

  /** False once another worker owns the call, or nobody: nothing is written of it any more. */
  get isOurs(): boolean {
    return this.#isOurs;
  }

  record({ event, ...update }: JournalUpdate): void {
    Object.assign(this.#gathered, update);
    this.#whereabouts = update.whereabouts ?? this.#whereabouts;
    this.#gathered.events.push(event);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#enqueue('record', () => this.#flush());
  }

  settle(result: CallResult, event: CallEvent): void {
    this.#enqueue('settle', async () => {
      const { ledger } = this.#services;
      const { jobId, token } = this.#call.claim;
      const { whereabouts, events } = this.#takeGathered();
      // Of a call that was answered there is an end to come.
      const isOver = this.#call.isGone() && result.timings.answeredAt === undefined;
      this.#isReleaseWritten = isOver;
      const update = { ...(whereabouts && { whereabouts }), events: [...events, event], isOver };
      const step = () => ledger.settle(jobId, token, result, update);
      const answer = await this.#keep('settle', step, ({ kind }) => kind === 'lost');
      this.#outcomes.push(step);
      const publish = () => publishSettled(this.#services, answer, result);
      if ((await this.#insist('publish the result', publish)) === null) this.#lose();
    });
  }

  end(ended: EndedRecord, event: CallEvent): void {
    this.#enqueue('end', async () => {
      const { ledger } = this.#services;
      const { jobId, token } = this.#call.claim;
      const { events } = this.#takeGathered();
      const isOver = this.#call.isGone();
      this.#isReleaseWritten = isOver;
      const step = () => ledger.end(jobId, token, ended, { events: [...events, event], isOver });
      const isLost = ({ kind }: EndAnswer) => kind === 'lost' || kind === 'unsettled';
      const answer = await this.#keep('end', step, isLost);
      this.#outcomes.push(step);
      const publish = () => publishEnded(this.#services, answer, ended);
      if ((await this.#insist('publish the ended record', publish)) === null) this.#lose();
    });
  }

  /** Nothing of the call is up any more: it leaves this worker. Once its outcomes are asked for. */
  release(): void {
    this.#enqueue('release', async () => {
      if (this.#isReleaseWritten) return;
      this.#isReleaseWritten = true;
      const { jobId, token } = this.#call.claim;
      const step = () => this.#services.ledger.release(jobId, token);
      if ((await this.#keep('release', step, (answer) => answer !== 'released')) === 'lost') this.#lose();
    });
  }

  /** Makes sure that the ledger has the call as this worker's: Redis may have forgotten that. */
  confirm(): void {
    this.#enqueue('confirm', async () => {
      if (!(await this.#restore())) this.#lose();
    });
  }

  /** From now on nothing is written: another worker owns the call. */
  abandon(): void {
    this.#isOurs = false;
  }

  /** Resolves when all that was asked for has been written and published. */
  async written(): Promise<void> {
    await this.#tail;
  }

  async #flush(): Promise<void> {
    const { events, ...update } = this.#takeGathered();
    if (events.length === 0) return;
    const { jobId, token } = this.#call.claim;
    const facts = this.#call.factsNow();
    const step = () => this.#services.ledger.record(jobId, token, { ...update, facts, events });
    if ((await this.#keep('record', step, (answer) => answer === 'lost')) === 'lost') this.#lose();
  }

  #takeGathered(): Gathered {
    const gathered = this.#gathered;
    this.#gathered = { events: [] };
    this.#isFlushDue = false;
    return gathered;
  }

  #enqueue(what: string, step: () => Promise<void>): void {
    this.#tail = this.#tail
      // After this turn of the event loop: deadlines that fall together are all kept before any is written down.
      .then(() => nextTurn())
      .then(() => (this.#isOurs ? step() : undefined))
      .catch((error) => this.#services.logger.error({ err: error, what }, 'a step of the journal failed'));
  }

  /** Takes a step; and once more where it fails because Redis has forgotten what came before it. */
  async #keep<T>(what: string, step: () => Promise<T>, isLost: (answer: T) => boolean): Promise<T> {
    const answer = await this.#insist(what, step);
    return isLost(answer) && (await this.#restore()) ? this.#insist(what, step) : answer;
  }

  /**
   * Claims the call again by the claim that it has, and repeats its outcomes: nothing happens where they stand. False when
   * another worker has it by now, or its outcome is on record without us.
   */
  async #restore(): Promise<boolean> {
    const claim = () =>
      this.#services.ledger.claim({
        ...this.#call.claim,
        ...(this.#whereabouts && { whereabouts: this.#whereabouts }),
      });
    let answer = await this.#insistWhileOurs('claim again', claim);
    // Redis was away, and the heartbeat is not through yet. Should somebody else have been given the call, it will tell.
    while (answer?.kind === 'workerLost') {
      await delay(CLAIM_AGAIN_MS);
      answer = await this.#insistWhileOurs('claim again', claim);
    }
    if (answer?.kind !== 'claimed') return false;
    for (const outcome of this.#outcomes) await this.#insist('record an outcome again', outcome);
    return true;
  }

  /** A call that was let go of must not be claimed again by a try that is late. */
  #insistWhileOurs<T>(what: string, step: () => Promise<T>): Promise<T | null> {
    return this.#insist(what, async () => (this.#isOurs ? step() : null));
  }

  #insist<T>(what: string, step: () => Promise<T>): Promise<T> {
    return insist(what, this.#services.logger, step);
  }

  #lose(): void {
    if (!this.#isOurs) return;
    this.#isOurs = false;
    this.#services.metrics.claimsLost.inc();
    this.#call.onClaimLost();
  }
}
