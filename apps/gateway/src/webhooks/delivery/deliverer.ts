import { type PauseReason, traceHeaders, webhookQueueName } from '@outdial/contract';
import { handleTasks, type RedisAccess, type RedisClient, type Task } from '@outdial/queue';
import { fail, SpanKind, type SpanOptions, traceContextOf, withSpan } from '@outdial/tracing';
import type { Logger } from 'pino';
import type { GatewayConfiguration } from '../../config/configuration.js';
import { bodyOf, type Message } from '../messages/message.js';
import type { DeliveryTask } from '../messages/outbox.js';
import type { WebhookScripts } from '../scripts.js';
import type { Webhook } from '../store/webhook.js';
import type { WebhookMetrics } from '../webhook-metrics.js';
import { type DeliveryOutcome, logFields } from './delivery-log.js';
import { AddressGuard } from './public-address.js';
import { type Answer, send } from './send.js';
import { signatureHeaders } from './signature.js';

/** Milliseconds after which the deliveries of a gateway that is gone go to another. */
const LOCK_MS = 10_000;
/** How soon a task of a paused webhook is looked at again; a resume hurries it. */
const PAUSED_MS = 60_000;

type Settings = GatewayConfiguration['gateway']['webhooks'];

/** Delivers messages: of each job in order, of each webhook several at once. */
export class Deliverer {
  readonly #access: RedisAccess;
  readonly #connection: RedisClient;
  readonly #scripts: WebhookScripts;
  readonly #settings: Settings;
  readonly #guard: AddressGuard;
  readonly #metrics: WebhookMetrics;
  readonly #logger: Logger;
  readonly #pause: (webhookId: string, because: PauseReason) => Promise<void>;
  readonly #cutOff = new AbortController();
  #isClosing = false;

  /** `pause` is called for a webhook that must not be called any more. */
  constructor(
    parts: {
      access: RedisAccess;
      connection: RedisClient;
      scripts: WebhookScripts;
      settings: Settings;
      metrics: WebhookMetrics;
      logger: Logger;
    },
    pause: (webhookId: string, because: PauseReason) => Promise<void>,
  ) {
    this.#access = parts.access;
    this.#connection = parts.connection;
    this.#scripts = parts.scripts;
    this.#settings = parts.settings;
    this.#metrics = parts.metrics;
    this.#logger = parts.logger;
    this.#guard = new AddressGuard(parts.settings.allowedNetworks);
    this.#pause = pause;
  }

  /** Delivers to a webhook until it is closed. */
  serve(webhookId: string): { close(): Promise<void> } {
    return handleTasks<DeliveryTask>(this.#access, this.#connection, {
      queueName: webhookQueueName(webhookId),
      concurrency: this.#settings.concurrency,
      lockMs: LOCK_MS,
      handle: (task) => this.#handle(webhookId, task),
    });
  }

  /** From now on no further message is begun. */
  stop(): void {
    this.#isClosing = true;
  }

  /** Gives up what is under way; it is delivered again by another gateway. */
  cutOff(): void {
    this.#cutOff.abort();
  }

  /** Delivers the messages of a job until there are none. */
  async #handle(webhookId: string, task: Task<DeliveryTask>): Promise<void> {
    const { jobId } = task.data;
    let { failing } = task.data;
    for (;;) {
      const [stored, text] = await this.#scripts.run<[string, string]>('nextMessage', webhookId, jobId);
      if (stored === '' || text === '') return;
      const webhook = JSON.parse(stored) as Webhook;
      const message = JSON.parse(text) as Message;
      if (failing?.task !== message.task) failing = { task: message.task, attempts: 0, since: Date.now() };
      if (this.#isClosing) await task.putBack();
      if (webhook.paused !== null) await task.postpone(PAUSED_MS, { jobId, failing });
      await task.keep();
      const attempts = failing.attempts + 1;
      const answer = await this.#attempt(webhook, message, attempts);
      const waitMs = answer.error === null ? 0 : this.#waitMs(attempts, answer);
      const outcome = this.#outcome(answer, Date.now() + waitMs - failing.since);
      await this.#settle({ webhook, jobId, text, message, attempts, outcome, answer });
      if (outcome === 'failed') await task.postpone(waitMs, { jobId, failing: { ...failing, attempts } });
    }
  }

  #attempt(webhook: Webhook, message: Message, attempts: number): Promise<Answer> {
    const body = bodyOf(message);
    return withSpan('POST webhook', spanOptions(webhook, message, attempts), async (span) => {
      const answer = await send(new URL(webhook.url), {
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Outdial',
          ...traceHeaders(traceContextOf(span)),
          ...signatureHeaders(webhook.secrets, { id: message.id, body, now: Date.now() }),
        },
        body,
        guard: this.#guard,
        timeoutMs: this.#settings.timeoutSeconds * 1000,
        signal: this.#cutOff.signal,
      });
      const { status, error } = answer;
      if (status !== null) span.setAttribute('http.response.status_code', status);
      if (error !== null) fail(span, status === null ? 'no_answer' : String(status));
      return answer;
    });
  }

  /** `ageMs`: how long after the first attempt the next one would be. */
  #outcome({ error }: Answer, ageMs: number): DeliveryOutcome {
    if (error === null) return 'delivered';
    return ageMs > this.#settings.retrySeconds * 1000 ? 'abandoned' : 'failed';
  }

  /** Doubled with each attempt, and up to a fifth longer, so that many that failed together do not come together. */
  #waitMs(attempts: number, { retryAfterMs }: Answer): number {
    const { backoffSeconds, backoffMaxSeconds } = this.#settings;
    const seconds = Math.min(backoffSeconds * 2 ** (attempts - 1), backoffMaxSeconds);
    const asked = Math.min(retryAfterMs ?? 0, backoffMaxSeconds * 1000);
    return Math.round(Math.max(seconds * 1000, asked) * (1 + Math.random() / 5));
  }

  async #settle({
    webhook,
    jobId,
    text,
    message,
    attempts,
    outcome,
    answer,
  }: {
    webhook: Webhook;
    jobId: string;
    text: string;
    message: Message;
    attempts: number;
    outcome: DeliveryOutcome;
    answer: Answer;
  }): Promise<void> {
    const { status, error, tookMs } = answer;
    const { id } = webhook;
    const told = { message: message.id, type: message.event.type, jobId, attempt: attempts, outcome };
    const fields = logFields({ ...told, status, error, tookMs }, message);
    const { logMax } = this.#settings;
    const step = [id, jobId, text, outcome, Date.now(), error ?? '', logMax, ...fields];
    const failingSince = await this.#scripts.run<string>('settleAttempt', ...step);
    this.#metrics.attempted(id, outcome, tookMs);
    if (error === null) return;
    this.#logger.debug({ webhook: id, ...told, error }, 'webhook was not delivered');
    if (outcome === 'abandoned') this.#logger.warn({ webhook: id, ...told, error }, 'webhook was abandoned');
    const failingMs = failingSince === '' ? 0 : Date.now() - Number(failingSince);
    if (status === 410) await this.#pause(id, 'gone');
    else if (failingMs > this.#settings.pauseAfterSeconds * 1000) await this.#pause(id, 'failing');
  }
}

/** Of an attempt. Of the address host and port alone are told: the rest may have secrets. */
function spanOptions({ id, url }: Webhook, { id: messageId, event }: Message, attempts: number): SpanOptions {
  return {
    kind: SpanKind.CLIENT,
    parent: ('traceContext' in event ? event.traceContext : null) ?? null,
    attributes: () => {
      const { hostname, port, protocol } = new URL(url);
      return {
        'http.request.method': 'POST',
        'http.request.resend_count': attempts - 1,
        'server.address': hostname,
        'server.port': port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : Number(port),
        'messaging.message.id': messageId,
        'outdial.webhook.id': id,
        'outdial.event.type': event.type,
      };
    },
  };
}
