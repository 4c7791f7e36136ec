import type { CallResult, EndedRecord } from '@outdial/contract';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS_TO_ANSWER = [0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300];
const SECONDS_TO_VERDICT = [0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 7, 10];

/** The worker's Prometheus metrics, on a registry of their own so that tests can run several workers. */
export class Metrics {
  readonly registry = new Registry();
  readonly callsUp = this.#gauge('outdial_calls_up', 'Calls that this worker holds now');
  readonly jobsTaken = this.#counter('outdial_jobs_taken_total', 'Call jobs handed over by the queue', [
    'lane',
  ]);
  readonly callsTakenOver = this.#counter(
    'outdial_calls_taken_over_total',
    'Calls of lost workers that this worker settled',
  );
  readonly claimsLost = this.#counter(
    'outdial_claims_lost_total',
    'Calls that another worker took over from this one',
  );
  readonly dialsRetried = this.#counter(
    'outdial_dials_retried_total',
    'Failures before the INVITE that go back to the queue',
    ['code'],
  );
  readonly #results = this.#counter('outdial_results_total', 'Results published', [
    'lane',
    'state',
    'cause',
    'error',
  ]);
  readonly #verdicts = this.#counter('outdial_verdicts_total', 'Verdicts of live speaker detection', [
    'far_end_type',
    'kind',
  ]);
  readonly #ended = this.#counter('outdial_calls_ended_total', 'Answered calls that ended', [
    'ended_by',
    'cause',
  ]);
  readonly #toAnswer = this.#histogram(
    'outdial_time_to_answer_seconds',
    'From the INVITE to the answer',
    SECONDS_TO_ANSWER,
  );
  readonly #toVerdict = this.#histogram(
    'outdial_time_to_verdict_seconds',
    'From the answer to the verdict',
    SECONDS_TO_VERDICT,
  );

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** A gauge per server, read when the metrics are collected. */
  watchServers(servers: () => ReadonlyArray<{ kind: string; address: string; isUp: boolean }>): void {
    new Gauge({
      name: 'outdial_server_up',
      help: 'Whether a drachtio or FreeSWITCH server answers (1) or not (0)',
      labelNames: ['kind', 'address'],
      registers: [this.registry],
      collect() {
        for (const { kind, address, isUp } of servers()) this.set({ kind, address }, isUp ? 1 : 0);
      },
    });
  }

  resultPublished(result: CallResult): void {
    this.#results.inc({
      lane: result.lane,
      state: result.state,
      cause: result.cause,
      error: result.error?.code ?? '',
    });
    if (result.timeToAnswerMs !== null) this.#toAnswer.observe(result.timeToAnswerMs / 1000);
    if (result.timeToVerdictMs !== null) this.#toVerdict.observe(result.timeToVerdictMs / 1000);
    if (result.verdict !== null)
      this.#verdicts.inc({ far_end_type: result.verdict.farEndType, kind: result.verdict.kind });
  }

  callEnded(ended: EndedRecord): void {
    this.#ended.inc({ ended_by: ended.endedBy, cause: ended.cause });
  }

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.registry] });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.registry] });
  }
}
