import { setTimeout as delay } from 'node:timers/promises';
import type { CallEvents, PlacedEvent } from '@outdial/client';
import { eventsKey, gatewayKeys, type StreamEvent } from '@outdial/contract';
import type { RedisAccess } from '@outdial/queue';
import type { Logger } from 'pino';
import type { Webhook } from '../store/webhook.js';
import type { WebhookStore } from '../store/webhook-store.js';
import type { WebhookMetrics } from '../webhook-metrics.js';
import { isFor, toMessage } from './message.js';
import type { Outbox } from './outbox.js';

/** Events that are handed out in one step, and how long the first of them waits for others. */
const STEP = 200;
const GATHER_MS = 10;
/** Events that are read before the first of them is handed out. */
const AHEAD_MAX = 1000;
const DUE_EVERY_MS = 5000;

/**
 * Reads the stream of events from a cursor in Redis, and hands each event to the webhooks that want it. One gateway does so at a
 * time; two that do by mistake hand each event out once all the same.
 */
export class HandOut {
  readonly #access: RedisAccess;
  readonly #events: CallEvents;
  readonly #store: WebhookStore;
  readonly #outbox: Outbox;
  readonly #metrics: WebhookMetrics;
  readonly #logger: Logger;
  readonly #names: { cursor: string; events: string };
  #known: { version: string; webhooks: Webhook[] } = { version: '-', webhooks: [] };

  constructor(parts: {
    access: RedisAccess;
    events: CallEvents;
    store: WebhookStore;
    outbox: Outbox;
    metrics: WebhookMetrics;
    logger: Logger;
  }) {
    this.#access = parts.access;
    this.#events = parts.events;
    this.#store = parts.store;
    this.#outbox = parts.outbox;
    this.#metrics = parts.metrics;
    this.#logger = parts.logger;
    const { prefix } = parts.access;
    this.#names = { cursor: gatewayKeys(prefix).webhooksCursor, events: eventsKey(prefix) };
  }

  /** Sets the cursor to now, where there is none. */
  async prepare(): Promise<void> {
    const last = await this.#events.lastId();
    await this.#access.request('webhooks', (client) => client.setnx(this.#names.cursor, last));
  }

  /** Hands events out until the signal is aborted. Rejects when another gateway does, or Redis does not answer. */
  async lead(signal: AbortSignal): Promise<void> {
    await this.prepare();
    let cursor = await this.#readCursor();
    await this.#outbox.addDue();
    const failed = new AbortController();
    const ends = AbortSignal.any([signal, failed.signal]);
    const ahead: Array<PlacedEvent<StreamEvent>> = [];
    let stepping: Promise<void> | null = null;
    const step = async () => {
      await delay(GATHER_MS);
      while (ahead.length > 0 && !signal.aborted) cursor = await this.#step(ahead.splice(0, STEP), cursor);
    };
    const stepSoon = (): void => {
      if (ends.aborted) return;
      stepping ??= step()
        .catch((error) => failed.abort(error))
        .finally(() => {
          stepping = null;
          if (ahead.length > 0) stepSoon();
        });
    };
    // What another gateway noted as due, and died.
    const due = setInterval(() => {
      this.#outbox.addDue().catch((error) => failed.abort(error));
    }, DUE_EVERY_MS);
    try {
      for await (const placed of this.#events.followAll({ from: cursor, signal: ends })) {
        ahead.push(placed);
        stepSoon();
        if (ahead.length >= AHEAD_MAX) await stepping;
      }
      await stepping;
    } finally {
      clearInterval(due);
    }
    failed.signal.throwIfAborted();
  }

  /** The cursor. Says so where events were trimmed before they were handed out. */
  async #readCursor(): Promise<string> {
    const { cursor: cursorKey, events } = this.#names;
    const [cursor, found] = await this.#access.request('webhooks', async (client) => {
      const id = (await client.get(cursorKey)) ?? '0';
      const [entry] = id === '0' ? [] : await client.xrange(events, id, id);
      return [id, entry] as const;
    });
    if (found === undefined && cursor !== '0') {
      this.#metrics.missed();
      this.#logger.error(
        { cursor },
        'events were trimmed before they were handed to webhooks: gateways were away for longer than retention.eventsMax lasts',
      );
    }
    return cursor;
  }

  /** Hands events out, and answers the cursor behind them. */
  async #step(events: ReadonlyArray<PlacedEvent<StreamEvent>>, before: string): Promise<string> {
    const after = events.at(-1)?.id ?? before;
    for (;;) {
      const { version, webhooks } = this.#known;
      const deliveries = events
        .map((placed) => ({
          message: toMessage(placed),
          jobId: jobIdOf(placed.event),
          webhookIds: webhooks.filter((webhook) => isFor(placed, webhook)).map(({ id }) => id),
        }))
        .filter(({ webhookIds }) => webhookIds.length > 0);
      const answer = await this.#outbox.handOut(deliveries, { version, before, after });
      if (answer.done === 'ok') {
        for (const webhookId of answer.dropped) this.#metrics.dropped(webhookId);
        return after;
      }
      if (answer.done === 'stale') throw new Error('another gateway hands events out');
      this.#known = { version: await this.#store.version(), webhooks: await this.#store.list() };
    }
  }
}

/** Empty for what is of no job. */
function jobIdOf(event: StreamEvent): string {
  return 'jobId' in event ? event.jobId : '';
}
