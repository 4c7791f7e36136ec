import type { CallEvents } from '@outdial/client';
import {
  eventsKey,
  gatewayKeys,
  OutdialError,
  type PauseReason,
  type WebhookPaused,
} from '@outdial/contract';
import { closeConnection, type RedisAccess } from '@outdial/queue';
import type { Logger } from 'pino';
import type { ActivityLog } from '../activity/activity-log.js';
import type { GatewayConfiguration } from '../config/configuration.js';
import { Lease } from '../leadership/lease.js';
import { Deliverer } from './delivery/deliverer.js';
import { DeliveryLog } from './delivery/delivery-log.js';
import { HandOut } from './messages/hand-out.js';
import { again } from './messages/message.js';
import { Outbox } from './messages/outbox.js';
import { WebhookScripts } from './scripts.js';
import { WebhookStore } from './store/webhook-store.js';
import type { WebhookMetrics } from './webhook-metrics.js';

/** How often a gateway looks whether webhooks were changed by others. */
const LOOK_MS = 1000;

/** Delivers events to webhooks, together with the other gateways. */
export class Webhooks {
  readonly store: WebhookStore;
  readonly log: DeliveryLog;
  readonly #outbox: Outbox;
  readonly #deliverer: Deliverer;
  readonly #handOut: HandOut;
  readonly #lease: Lease;
  readonly #access: RedisAccess;
  readonly #activity: ActivityLog;
  readonly #metrics: WebhookMetrics;
  readonly #logger: Logger;
  readonly #connection: ReturnType<RedisAccess['openBlocking']>;
  readonly #drainMs: number;
  readonly #serving = new Map<string, { close(): Promise<void> }>();
  readonly #ending = new Set<Promise<void>>();
  #looking: NodeJS.Timeout | null = null;
  #version = '-';
  #syncing: Promise<void> = Promise.resolve();

  /** The access, the events and the activity are shared. */
  constructor({
    access,
    events,
    activity,
    metrics,
    logger,
    gateway,
  }: {
    access: RedisAccess;
    events: CallEvents;
    activity: ActivityLog;
    metrics: WebhookMetrics;
    logger: Logger;
    gateway: GatewayConfiguration['gateway'];
  }) {
    const scripts = new WebhookScripts(access);
    this.store = new WebhookStore(access, scripts);
    this.log = new DeliveryLog(access);
    this.#outbox = new Outbox(access, scripts, gateway.webhooks);
    this.#connection = access.openBlocking();
    this.#deliverer = new Deliverer(
      { access, connection: this.#connection, scripts, settings: gateway.webhooks, metrics, logger },
      (id, because) => this.#giveUp(id, because),
    );
    this.#handOut = new HandOut({
      access,
      events,
      store: this.store,
      outbox: this.#outbox,
      metrics,
      logger,
    });
    this.#lease = new Lease(access, gatewayKeys(access.prefix).webhooksLeader, logger);
    this.#access = access;
    this.#activity = activity;
    this.#metrics = metrics;
    this.#logger = logger;
    this.#drainMs = gateway.drainSeconds * 1000;
  }

  /** Rejects with `QUEUE_UNAVAILABLE`. */
  async start(): Promise<void> {
    await this.#handOut.prepare();
    await this.sync();
    this.#looking = setInterval(() => {
      this.sync().catch((error) => this.#logger.warn({ err: error }, 'webhooks cannot be read'));
    }, LOOK_MS);
    this.#lease.start((signal) => this.#handOut.lead(signal));
    this.#metrics.watch(this.store);
  }

  /** Serves the webhooks that there are now, and no others. */
  sync(): Promise<void> {
    this.#syncing = this.#syncing.catch(() => undefined).then(() => this.#sync());
    return this.#syncing;
  }

  /** What is pending for a webhook that was paused is tried at once. */
  async hurry(webhookId: string): Promise<void> {
    await this.sync();
    await this.#outbox.queue(webhookId).hurry();
  }

  /** Removes a webhook, with what it was to get. Throws `NOT_FOUND`. */
  async remove(webhookId: string) {
    const removed = await this.store.remove(webhookId);
    await this.sync();
    // Its tasks are removed once nobody here works at them; what another gateway still does for them fails.
    await Promise.all(this.#ending);
    await this.#outbox.drop(webhookId);
    return removed;
  }

  /** Delivers a message of the log once more, behind what is pending of its job. Throws `NOT_FOUND` and `INVALID_REQUEST`. */
  async replay(webhookId: string, deliveryId: string): Promise<void> {
    const found = await this.log.get(webhookId, deliveryId);
    if (found === null) throw new OutdialError('NOT_FOUND', `the log has no delivery ${deliveryId}`);
    if (found.message === null)
      throw new OutdialError('INVALID_REQUEST', 'this message is pending still, and tried again by itself');
    if (!(await this.#outbox.add(webhookId, found.delivery.jobId, again(found.message))))
      throw new OutdialError('INVALID_REQUEST', 'too many messages are pending for this webhook');
  }

  async close(): Promise<void> {
    if (this.#looking !== null) clearInterval(this.#looking);
    await this.#lease.close();
    await this.#syncing.catch(() => undefined);
    this.#deliverer.stop();
    const cutOff = setTimeout(() => this.#deliverer.cutOff(), this.#drainMs);
    for (const [id, serving] of this.#serving) this.#end(id, serving, true);
    await Promise.all(this.#ending);
    clearTimeout(cutOff);
    await this.#outbox.close();
    closeConnection(this.#connection);
  }

  async #sync(): Promise<void> {
    const version = await this.store.version();
    if (version === this.#version) return;
    const all = await this.store.list();
    const active = new Set(all.filter(({ paused }) => paused === null).map(({ id }) => id));
    const known = new Set(all.map(({ id }) => id));
    for (const [id, serving] of this.#serving) if (!active.has(id)) this.#end(id, serving, known.has(id));
    for (const id of active) if (!this.#serving.has(id)) this.#serving.set(id, this.#deliverer.serve(id));
    this.#version = version;
  }

  /** Serves a webhook no more. What is under way may go on, and holds nobody up. */
  #end(id: string, serving: { close(): Promise<void> }, isKnown: boolean): void {
    this.#serving.delete(id);
    const ended = serving
      .close()
      .then(() => (isKnown ? undefined : this.#outbox.forget(id)))
      .catch((error) => this.#logger.warn({ err: error, webhook: id }, 'webhook'))
      .finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  /** Pauses a webhook that fails, and tells everybody who may want to know. */
  async #giveUp(webhookId: string, because: PauseReason): Promise<void> {
    const { webhook, wasPaused } = await this.store.pause(webhookId, because);
    const { name, url, paused } = webhook;
    if (wasPaused || paused === null) return;
    this.#logger.error({ webhook: webhookId, url, because }, 'webhook was paused');
    this.#metrics.paused(webhookId, because);
    await this.#activity.add('admin', {
      ...{
        by: 'gateway',
        name: because,
        address: '',
        operation: 'pauseWebhook',
        target: webhookId,
        status: 0,
      },
    });
    const event: WebhookPaused = {
      type: 'webhookPaused',
      at: paused.at,
      webhook: { id: webhookId, name, url },
      because,
    };
    // Subscribers and other webhooks get it as they get what happens to calls. It is of no job.
    await this.#access.request('tell of a paused webhook', (client) =>
      client.xadd(eventsKey(this.#access.prefix), '*', 'jobId', '', 'event', JSON.stringify(event)),
    );
  }
}
