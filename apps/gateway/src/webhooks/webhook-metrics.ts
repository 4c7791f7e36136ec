import type { PauseReason } from '@outdial/contract';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DeliveryOutcome } from './delivery/delivery-log.js';
import type { WebhookStore } from './store/webhook-store.js';

const SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Metrics of webhooks. */
export class WebhookMetrics {
  readonly #registry: Registry;
  readonly #attempts: Counter<'webhook' | 'outcome'>;
  readonly #seconds: Histogram<'webhook'>;
  readonly #paused: Counter<'webhook' | 'because'>;
  readonly #dropped: Counter<'webhook'>;
  readonly #missed: Counter;

  constructor(registry: Registry) {
    this.#registry = registry;
    const registers = [registry];
    this.#attempts = new Counter({
      name: 'outdial_gateway_webhook_attempts_total',
      help: 'Attempts to deliver messages to webhooks, by their outcome',
      labelNames: ['webhook', 'outcome'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'outdial_gateway_webhook_attempt_seconds',
      help: 'How long an attempt took',
      labelNames: ['webhook'],
      buckets: SECONDS,
      registers,
    });
    this.#paused = new Counter({
      name: 'outdial_gateway_webhook_pauses_total',
      help: 'Webhooks that this gateway paused because they failed',
      labelNames: ['webhook', 'because'],
      registers,
    });
    this.#dropped = new Counter({
      name: 'outdial_gateway_webhook_dropped_total',
      help: 'Messages that a webhook does not get because too many were pending',
      labelNames: ['webhook'],
      registers,
    });
    this.#missed = new Counter({
      name: 'outdial_gateway_webhook_gaps_total',
      help: 'How often events were trimmed before they were handed to webhooks',
      registers,
    });
  }

  attempted(webhook: string, outcome: DeliveryOutcome, tookMs: number): void {
    this.#attempts.inc({ webhook, outcome });
    this.#seconds.observe({ webhook }, tookMs / 1000);
  }

  paused(webhook: string, because: PauseReason): void {
    this.#paused.inc({ webhook, because });
  }

  dropped(webhook: string): void {
    this.#dropped.inc({ webhook });
  }

  missed(): void {
    this.#missed.inc();
  }

  /** What is pending and paused, asked of Redis whenever the metrics are collected. */
  watch(store: WebhookStore): void {
    new Gauge({
      name: 'outdial_gateway_webhook_is_paused',
      help: '1: nothing is delivered to the webhook',
      labelNames: ['webhook'],
      registers: [this.#registry],
      async collect() {
        this.reset();
        for (const { id, paused } of await store.list()) this.set({ webhook: id }, paused === null ? 0 : 1);
      },
    });
    new Gauge({
      name: 'outdial_gateway_webhook_pending',
      help: 'Messages that a webhook is to get',
      labelNames: ['webhook'],
      registers: [this.#registry],
      async collect() {
        this.reset();
        for (const { id } of await store.list()) this.set({ webhook: id }, (await store.state(id)).pending);
      },
    });
  }
}
