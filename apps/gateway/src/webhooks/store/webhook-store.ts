import { eventsKey, gatewayKeys, OutdialError, type PauseReason } from '@outdial/contract';
import type { RedisAccess } from '@outdial/queue';
import { newSecret } from '../delivery/signature.js';
import type { WebhookScripts } from '../scripts.js';
import {
  type NewWebhook,
  newWebhookId,
  type Webhook,
  type WebhookChanges,
  type WebhookState,
} from './webhook.js';

const WEBHOOKS_MAX = 100;
const CHUNK = 500;

/** The webhooks in Redis. Changes hold for all gateways, from the next attempt and the next event on. */
export class WebhookStore {
  readonly #access: RedisAccess;
  readonly #names: ReturnType<typeof gatewayKeys>;
  readonly #scripts: WebhookScripts;

  /** Both are shared. */
  constructor(access: RedisAccess, scripts: WebhookScripts) {
    this.#access = access;
    this.#names = gatewayKeys(access.prefix);
    this.#scripts = scripts;
  }

  /** A number that each change raises. */
  async version(): Promise<string> {
    const { webhooksVersion } = this.#names;
    return (await this.#access.request('read webhooks', (client) => client.get(webhooksVersion))) ?? '';
  }

  /** Every webhook, the oldest first. */
  async list(): Promise<Webhook[]> {
    const texts = await this.#access.request('read webhooks', (client) => client.hvals(this.#names.webhooks));
    return texts.map((text) => JSON.parse(text) as Webhook).sort((a, b) => a.createdAt - b.createdAt);
  }

  /** Throws `NOT_FOUND`. */
  async get(id: string): Promise<Webhook> {
    return JSON.parse(await this.#read(id)) as Webhook;
  }

  /** Creates a webhook, which gets events from now on. Throws `INVALID_REQUEST` when there are too many. */
  async create(input: NewWebhook): Promise<Webhook> {
    const { webhooks } = this.#names;
    const [count, after] = await this.#access.request('create a webhook', async (client) => {
      const [last] = await client.xrevrange(eventsKey(this.#access.prefix), '+', '-', 'COUNT', 1);
      return [await client.hlen(webhooks), last?.[0] ?? '0'] as const;
    });
    if (count >= WEBHOOKS_MAX)
      throw new OutdialError('INVALID_REQUEST', `there are ${WEBHOOKS_MAX} webhooks, which is the most`);
    const webhook: Webhook = {
      id: newWebhookId(),
      ...input,
      createdAt: Date.now(),
      paused: null,
      secrets: [{ text: newSecret(), until: null }],
      after,
    };
    await this.#scripts.run('putWebhook', webhook.id, '', JSON.stringify(webhook));
    return webhook;
  }

  /** Throws `NOT_FOUND`. */
  change(id: string, { url, name, types, lane, label }: WebhookChanges): Promise<Webhook> {
    return this.#change(id, (webhook) => ({
      ...webhook,
      ...(url !== undefined && { url }),
      ...(name !== undefined && { name }),
      ...(types !== undefined && { types }),
      ...(lane !== undefined && { lane }),
      ...(label !== undefined && { label }),
    }));
  }

  /** Gives it a new secret; the one before it is used too, for `overlapMs`. Throws `NOT_FOUND`. */
  rotate(id: string, overlapMs: number): Promise<Webhook> {
    const text = newSecret();
    return this.#change(id, (webhook) => {
      const present = webhook.secrets.find(({ until }) => until === null);
      const before =
        present === undefined || overlapMs === 0
          ? []
          : [{ text: present.text, until: Date.now() + overlapMs }];
      return { ...webhook, secrets: [{ text, until: null }, ...before] };
    });
  }

  /** From now on nothing is delivered to it; what it is to get is kept. It keeps its first reason. Throws `NOT_FOUND`. */
  async pause(id: string, because: PauseReason): Promise<{ webhook: Webhook; wasPaused: boolean }> {
    let wasPaused = false;
    const webhook = await this.#change(id, (read) => {
      wasPaused = read.paused !== null;
      return { ...read, paused: read.paused ?? { because, at: Date.now() } };
    });
    return { webhook, wasPaused };
  }

  /** Undoes a pause; it counts as one that does not fail. Throws `NOT_FOUND`. */
  async resume(id: string): Promise<Webhook> {
    await this.get(id);
    await this.#access.request('resume a webhook', (client) =>
      client.hdel(this.#names.webhookState(id), 'failingSince', 'lastError'),
    );
    return this.#change(id, (webhook) => ({ ...webhook, paused: null }));
  }

  /** Removes it with all that it was to get. Throws `NOT_FOUND`. */
  async remove(id: string): Promise<Webhook> {
    const webhook = await this.#change(id, () => null);
    const { webhookCalls, webhookMessages, webhookState, webhookLog } = this.#names;
    await this.#access.request('remove a webhook', async (client) => {
      for (;;) {
        const jobs = await client.spop(webhookCalls(id), CHUNK);
        if (jobs.length === 0) break;
        await client.unlink(...jobs.map((job) => webhookMessages(id, job)));
      }
      await client.unlink(webhookState(id), webhookLog(id));
    });
    return webhook;
  }

  /** How a webhook does. */
  async state(id: string): Promise<WebhookState> {
    const fields = await this.#access.request('read a webhook', (client) =>
      client.hgetall(this.#names.webhookState(id)),
    );
    const number = (name: string) => (fields[name] === undefined ? null : Number(fields[name]));
    return {
      pending: number('pending') ?? 0,
      dropped: number('dropped') ?? 0,
      failingSince: number('failingSince'),
      lastError: fields.lastError ?? null,
      lastDeliveredAt: number('lastDeliveredAt'),
    };
  }

  /** Reads, changes and writes until nobody else has changed it meanwhile. Answers what there was where it is removed. */
  async #change(id: string, change: (webhook: Webhook) => Webhook | null): Promise<Webhook> {
    for (;;) {
      const before = await this.#read(id);
      const read = JSON.parse(before) as Webhook;
      const after = change(read);
      const text = after === null ? '' : JSON.stringify(after);
      if ((await this.#scripts.run('putWebhook', id, before, text)) === 'ok') return after ?? read;
    }
  }

  async #read(id: string): Promise<string> {
    const text = await this.#access.request('read a webhook', (client) =>
      client.hget(this.#names.webhooks, id),
    );
    if (text === null) throw new OutdialError('NOT_FOUND', `there is no webhook ${id}`);
    return text;
  }
}
