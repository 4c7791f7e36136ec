import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The gateway's Prometheus metrics, on a registry of their own so that tests can run several gateways. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: 'outdial_gateway_requests_total',
    help: 'Requests answered',
    labelNames: ['operation', 'status'],
    registers: [this.registry],
  });
  readonly #seconds = new Histogram({
    name: 'outdial_gateway_request_seconds',
    help: 'From the head of a request to the end of its answer',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** A request was answered, after `ms` milliseconds. */
  answered(operation: string, status: number, ms: number): void {
    this.#requests.inc({ operation, status: String(status) });
    this.#seconds.observe({ operation }, ms / 1000);
  }

  /** How many listen to events, read when the metrics are collected. */
  watchSubscribers(subscribers: () => number): void {
    new Gauge({
      name: 'outdial_gateway_event_subscribers',
      help: 'Streams of events that are open',
      registers: [this.registry],
      collect() {
        this.set(subscribers());
      },
    });
  }
}
