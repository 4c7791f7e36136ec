import { gatewayKeys, webhookQueueName } from '@outdial/contract';
import { type RedisAccess, TaskQueue } from '@outdial/queue';
import type { WebhookScripts } from '../scripts.js';
import type { Message } from './message.js';

/** What a task delivers: the messages of one job to one webhook, in order. */
export interface DeliveryTask {
  jobId: string;
  /** The message that could not be delivered yet; absent: none. */
  failing?: { task: string; attempts: number; since: number };
}

const CHUNK = 500;

/**
 * Messages that are to be delivered, and the tasks that deliver them. The messages of a job for a webhook are a list, in order;
 * while it is not empty, a task of the webhook's queue works at it. A list that becomes non-empty is noted as due in the same
 * step, so that its task is added by another gateway where this one dies first.
 */
export class Outbox {
  readonly #access: RedisAccess;
  readonly #scripts: WebhookScripts;
  readonly #names: ReturnType<typeof gatewayKeys>;
  readonly #pendingMax: number;
  readonly #queues = new Map<string, TaskQueue<DeliveryTask>>();

  constructor(access: RedisAccess, scripts: WebhookScripts, { pendingMax }: { pendingMax: number }) {
    this.#access = access;
    this.#scripts = scripts;
    this.#names = gatewayKeys(access.prefix);
    this.#pendingMax = pendingMax;
  }

  /** The queue of a webhook's tasks. */
  queue(webhookId: string): TaskQueue<DeliveryTask> {
    const queue = this.#queues.get(webhookId) ?? new TaskQueue(this.#access, webhookQueueName(webhookId));
    this.#queues.set(webhookId, queue);
    return queue;
  }

  /** Adds a message behind those of its job. False: there is no such webhook, or too much is pending for it. */
  async add(webhookId: string, jobId: string, message: Message): Promise<boolean> {
    const text = JSON.stringify(message);
    const done = await this.#scripts.run(
      'addMessage',
      webhookId,
      jobId,
      message.task,
      text,
      this.#pendingMax,
    );
    if (done !== 'ok') return false;
    await this.addDue();
    return true;
  }

  /**
   * Hands events out in one step. `before` and `after`: the cursor before and after them. Answers the webhooks for which too
   * much is pending, once for each message that they do not get; or that the caller was late, and nothing was done.
   */
  async handOut(
    deliveries: ReadonlyArray<{ message: Message; jobId: string; webhookIds: readonly string[] }>,
    { version, before, after }: { version: string; before: string; after: string },
  ): Promise<{ done: 'ok'; dropped: string[] } | { done: 'changed' | 'stale' }> {
    const [done, ...dropped] = await this.#scripts.run<['ok' | 'changed' | 'stale', ...string[]]>(
      'handOut',
      version,
      before,
      after,
      this.#pendingMax,
      ...deliveries.flatMap(({ message, jobId, webhookIds }) => [
        jobId,
        message.task,
        JSON.stringify(message),
        webhookIds.join(','),
      ]),
    );
    if (done !== 'ok') return { done };
    await this.addDue();
    return { done, dropped };
  }

  /** Adds the tasks that are due. One that is added twice is there once. */
  async addDue(): Promise<void> {
    const { webhooksDue, webhooks } = this.#names;
    for (;;) {
      const due = await this.#access.request('read webhooks', (client) =>
        client.srandmember(webhooksDue, CHUNK),
      );
      if (due.length === 0) return;
      const byWebhook = new Map<string, Array<{ id: string; data: DeliveryTask }>>();
      for (const text of due) {
        const [, webhookId = '', task = '', jobId = ''] = /^(\S+) (\S+) (.*)$/s.exec(text) ?? [];
        const tasks = byWebhook.get(webhookId) ?? [];
        byWebhook.set(webhookId, tasks);
        tasks.push({ id: task, data: { jobId } });
      }
      for (const [webhookId, tasks] of byWebhook) {
        // One that was removed meanwhile must not get a queue again.
        const exists = await this.#access.request('webhooks', (client) =>
          client.hexists(webhooks, webhookId),
        );
        if (exists === 1) await this.queue(webhookId).add(tasks);
      }
      await this.#access.request('read webhooks', (client) => client.srem(webhooksDue, ...due));
    }
  }

  /** Removes a webhook's tasks. */
  async drop(webhookId: string): Promise<void> {
    await this.queue(webhookId).drop();
    await this.forget(webhookId);
  }

  /** Closes what was opened for a webhook that there is no more. */
  async forget(webhookId: string): Promise<void> {
    await this.#queues.get(webhookId)?.close();
    this.#queues.delete(webhookId);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }
}
