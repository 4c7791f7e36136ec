import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CallEvent, CallResult, EndedRecord } from '@outdial/contract';
import type { CallFacts, Ledger, LivePhase, Outbox, Whereabouts } from '@outdial/ledger';
import type { Logger } from 'pino';
import { insist } from './insist.js';
import type { Metrics } from './metrics.js';

export interface JournalUpdate {
  phase?: LivePhase;
  whereabouts?: Whereabouts;
  event: CallEvent;
}

export interface JournalServices {
  ledger: Ledger;
  outbox: Outbox;
  logger: Logger;
  metrics: Metrics;
}

/** What waits to be written: what came while the step before was under way, gathered into one. */
interface Gathered {
  phase?: LivePhase;
  whereabouts?: Whereabouts;
  events: CallEvent[];
}

/**
 * Writes one call into the ledger, in order and each thing once, and publishes its outcomes. While Redis is
 * slow or away the call goes on, and what has happened to it meanwhile goes out in one step.
 */
export class CallJournal {
  readonly #services: JournalServices;
  readonly #jobId: string;
  readonly #token: string;
  readonly #factsNow: () => CallFacts;
  readonly #onClaimLost: () => void;
  #gathered: Gathered = { events: [] };
  #isFlushDue = false;
  #isOurs = true;
  #tail: Promise<void> = Promise.resolve();

  constructor(
    services: JournalServices,
    call: { jobId: string; token: string; factsNow: () => CallFacts; onClaimLost: () => void },
  ) {
    this.#services = services;
    this.#jobId = call.jobId;
    this.#token = call.token;
    this.#factsNow = call.factsNow;
    this.#onClaimLost = call.onClaimLost;
  }

  record({ event, ...update }: JournalUpdate): void {
    Object.assign(this.#gathered, update);
    this.#gathered.events.push(event);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#enqueue('record', () => this.#flush());
  }

  /** `isOver`: nothing of the call is up any more. */
  settle(result: CallResult, event: CallEvent, isOver: boolean): void {
    this.#enqueue('settle', async () => {
      const { whereabouts, events } = this.#takeGathered();
      const answer = await this.#insist('settle', () =>
        this.#services.ledger.settle(this.#jobId, this.#token, result, {
          ...(whereabouts && { whereabouts }),
          events: [...events, event],
          isOver,
        }),
      );
      if (answer.kind === 'lost' || answer.kind === 'held') return this.#lose();
      const standing = answer.kind === 'already' ? answer.result : result;
      await this.#insist('publish the result', () => this.#services.outbox.publishResult(standing));
      if (answer.kind === 'settled') this.#services.metrics.resultPublished(result);
    });
  }

  end(ended: EndedRecord, event: CallEvent): void {
    this.#enqueue('end', async () => {
      const { events } = this.#takeGathered();
      const answer = await this.#insist('end', () =>
        this.#services.ledger.end(this.#jobId, this.#token, ended, { events: [...events, event] }),
      );
      if (answer.kind === 'lost' || answer.kind === 'unsettled') return this.#lose();
      const standing = answer.kind === 'already' ? answer.ended : ended;
      await this.#insist('publish the ended record', () => this.#services.outbox.publishEnded(standing));
      if (answer.kind === 'ended') this.#services.metrics.callEnded(ended);
    });
  }

  /** The call, never answered, is over and off the network. */
  release(): void {
    this.#enqueue('release', async () => {
      const answer = await this.#insist('release', () =>
        this.#services.ledger.release(this.#jobId, this.#token),
      );
      if (answer === 'lost') this.#lose();
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
    const facts = this.#factsNow();
    const answer = await this.#insist('record', () =>
      this.#services.ledger.record(this.#jobId, this.#token, { ...update, facts, events }),
    );
    if (answer === 'lost') this.#lose();
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

  #insist<T>(what: string, step: () => Promise<T>): Promise<T> {
    return insist(what, this.#services.logger, step);
  }

  #lose(): void {
    if (!this.#isOurs) return;
    this.#isOurs = false;
    this.#services.metrics.claimsLost.inc();
    this.#onClaimLost();
  }
}
