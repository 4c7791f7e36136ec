import type { CallQuality, CallResult, EndedRecord, StepName, StepOutcome } from '@outdial/contract';
import type { MediaThreadLoad } from '@outdial/telephony';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS_TO_ANSWER = [0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300];
const MOS = [1.5, 2, 2.5, 3, 3.5, 3.8, 4, 4.2, 4.4];
const JITTER_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];
const SECONDS_LATE = [0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.1, 0.25, 1, 4];
const SECONDS_TO_VERDICT = [0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 7, 10];

/** The worker's Prometheus metrics, on a registry of their own so that tests can run several workers. */
export class Metrics {
  readonly registry = new Registry();
  readonly callsUp = this.#gauge('outdial_calls_up', 'Calls that this worker holds now');
  readonly callsAllowed = this.#gauge(
    'outdial_calls_allowed',
    'Calls that this worker may hold now: fewer than configured while it is late',
  );
  readonly slowdowns = this.#counter(
    'outdial_slowdowns_total',
    'Times that this worker was late and began to hold fewer calls',
  );
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
  readonly #steps = this.#counter('outdial_steps_total', 'Steps of plans that ended', [
    'step',
    'outcome',
    'error',
  ]);
  readonly #recordings = this.#counter(
    'outdial_recordings_total',
    'Recordings of ended calls, by whether they are complete',
    ['complete', 'error'],
  );
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
  readonly #mos = this.#histogram('outdial_call_mos', 'Estimated mean opinion score of ended calls', MOS);
  readonly #jitter = this.#histogram(
    'outdial_call_jitter_seconds',
    'Interarrival jitter of ended calls',
    JITTER_SECONDS,
  );
  readonly #threadSessions = this.#gauge(
    'outdial_media_thread_sessions',
    "RTP sessions of each of the worker's own media threads",
    ['thread'],
  );
  readonly #threadLate = this.#histogram(
    'outdial_media_thread_late_seconds',
    'How late each media thread was at most with what it sends or receives, ten times a second',
    SECONDS_LATE,
    ['thread'],
  );
  readonly #packets = this.#counter('outdial_rtp_packets_total', 'RTP packets of ended calls', ['what']);

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
    for (const { isComplete, error } of ended.recordings)
      this.#recordings.inc({ complete: String(isComplete), error: error?.code ?? '' });
    if (ended.quality !== null) this.#qualityMeasured(ended.quality);
  }

  /** To be told some times a second. */
  mediaThreadsSeen(threads: readonly MediaThreadLoad[]): void {
    for (const [thread, { sessions, lateMs }] of threads.entries()) {
      this.#threadSessions.set({ thread }, sessions);
      this.#threadLate.observe({ thread }, lateMs / 1000);
    }
  }

  stepEnded(step: StepName, outcome: StepOutcome, error: string): void {
    this.#steps.inc({ step, outcome, error });
  }

  #qualityMeasured({ packetsReceived, packetsSent, packetsLost, jitterMs, mos }: CallQuality): void {
    this.#packets.inc({ what: 'received' }, packetsReceived);
    this.#packets.inc({ what: 'sent' }, packetsSent);
    this.#packets.inc({ what: 'lost' }, packetsLost);
    if (mos === null) return;
    this.#mos.observe(mos);
    this.#jitter.observe(jitterMs / 1000);
  }

  #counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string, buckets: number[], labelNames: string[] = []): Histogram {
    return new Histogram({ name, help, buckets, labelNames, registers: [this.registry] });
  }
}
