import { setTimeout as delay } from 'node:timers/promises';
import { type AuditFinding, CallAudit } from '@outdial/client';
import { channelsOf } from '@outdial/testkit';
import { readLegs } from './evidence/callee-log.js';
import { FaultInjector, type InjectedFault, possibleFaults } from './faults/fault-injector.js';
import { type Network, startNetwork } from './network/network.js';
import { storyOf } from './report/story.js';
import {
  type ChaosOptions,
  makeSchedule,
  type PlannedJob,
  type Schedule,
  withBots,
} from './schedule/schedule.js';
import type { Evidence, Tally, Violation } from './verdict/evidence.js';
import { judge } from './verdict/verdict.js';

/** After the last fault and the last job, from one result to the next until every job has its own. */
const NEXT_RESULT_WITHIN_MS = 60_000;
/** After the last fault and the last result, for every call to be gone. */
const GONE_WITHIN_MS = 10_000;
/** How long a second result of a job is waited for. */
const LISTEN_ON_MS = 1000;
const LOOK_EVERY_MS = 250;
const STORIES_MAX = 10;

export interface Progress {
  elapsedMs: number;
  queued: number;
  results: number;
  faults: number;
}

export interface ChaosReport {
  options: ChaosOptions;
  workers: number;
  elapsedMs: number;
  timeline: InjectedFault[];
  tally: Tally;
  violations: Violation[];
  /** What an audit of the ledger and the queues finds afterwards; the verdict does not rest on it. */
  audit: AuditFinding[];
  /** All that is known of the first offending jobs. */
  stories: string[];
  /** Where the logs are; null when there was nothing to look into. */
  logs: string | null;
}

export interface ChaosListener {
  onProgress?: (progress: Progress) => void;
  onFault?: (fault: InjectedFault) => void;
}

/** Places the jobs that the seed gives, injects its faults meanwhile, and judges what came of it. */
export async function runChaos(options: ChaosOptions, listener: ChaosListener = {}): Promise<ChaosReport> {
  const network = await startNetwork(makeSchedule(options), options.media);
  const before = await channelsOf(network.servers.freeswitch);
  let keepLogs = true;
  try {
    const schedule = makeSchedule(options, possibleFaults(network.servers, options.media));
    const report = await new Run(network, schedule, before, listener).finish(options);
    keepLogs = !hasHeld(report) || process.env.OUTDIAL_CHAOS_KEEP_LOGS !== undefined;
    return { ...report, logs: keepLogs ? network.directory : null };
  } finally {
    await network.close({ keepLogs });
  }
}

export function hasHeld({ violations, audit }: Pick<ChaosReport, 'violations' | 'audit'>): boolean {
  return violations.length === 0 && audit.length === 0;
}

class Run {
  readonly #network: Network;
  readonly #schedule: Schedule;
  readonly #listener: ChaosListener;
  readonly #startedAtMs = Date.now();
  readonly #injector: FaultInjector;
  readonly #cancelledInTime = new Set<string>();
  /** A real FreeSWITCH may have others than those of this run. */
  readonly #channelsBefore: readonly string[];
  #queued = 0;

  constructor(
    network: Network,
    schedule: Schedule,
    channelsBefore: readonly string[],
    listener: ChaosListener,
  ) {
    this.#channelsBefore = channelsBefore;
    this.#network = network;
    this.#schedule = schedule;
    this.#listener = listener;
    this.#injector = new FaultInjector(network, this.#startedAtMs, (fault) => listener.onFault?.(fault));
  }

  async finish(options: ChaosOptions): Promise<Omit<ChaosReport, 'logs'>> {
    const ticker = setInterval(() => this.#listener.onProgress?.(this.#progress()), 5000);
    try {
      await Promise.all([
        ...this.#schedule.jobs.map((planned) => this.#place(planned)),
        ...this.#schedule.faults.map((fault) => this.#at(fault.atMs, () => this.#injector.inject(fault))),
      ]);
      await this.#untilAllHaveResults(options.jobs);
      await this.#until(GONE_WITHIN_MS, () => this.#judge(0).tally.leftUp === 0);
      await delay(LISTEN_ON_MS);
    } finally {
      clearInterval(ticker);
    }
    return this.#report(options);
  }

  async #report(options: ChaosOptions): Promise<Omit<ChaosReport, 'logs'>> {
    const { callees, slots } = this.#network;
    await Promise.all(slots.map((slot) => slot.stopped()));
    const calleesHold = await callees.ask<number>('callCount');
    const audit = await this.#audit();
    // With its worker every endpoint goes that no bridge has cut loose.
    await Promise.all(slots.map((slot) => slot.end()));
    const { tally, violations } = this.#judge(calleesHold, await this.#channelsLeft());
    const offenders = [...new Set([...violations, ...audit].map(({ jobId }) => jobId))].slice(0, STORIES_MAX);
    const stories = await Promise.all(
      offenders.map((jobId) => storyOf(jobId, this.#network, this.#schedule)),
    );
    const { workers } = this.#schedule;
    const elapsedMs = Date.now() - this.#startedAtMs;
    return {
      options,
      workers,
      elapsedMs,
      timeline: this.#injector.injected,
      tally,
      violations,
      audit,
      stories,
    };
  }

  async #audit(): Promise<AuditFinding[]> {
    const audit = new CallAudit({ redis: this.#network.redis.url });
    try {
      return (await audit.run()).findings;
    } finally {
      await audit.close();
    }
  }

  /** What the run has left on FreeSWITCH, which takes a moment to notice that a worker has gone. */
  async #channelsLeft(): Promise<string[]> {
    const { servers } = this.#network;
    let left: string[] = [];
    const look = async () => {
      const channels = await channelsOf(servers.freeswitch);
      left = channels.filter((uuid) => !this.#channelsBefore.includes(uuid));
    };
    const deadline = performance.now() + GONE_WITHIN_MS;
    for (await look(); left.length > 0 && performance.now() < deadline; await look())
      await delay(LOOK_EVERY_MS);
    return left;
  }

  #judge(calleesHold: number, channelsLeft: readonly string[] = []): ReturnType<typeof judge> {
    const { calleesLog, results, recordings, slots } = this.#network;
    const evidence: Evidence = {
      jobs: this.#schedule.jobs,
      legs: readLegs(calleesLog),
      deliveries: results.deliveries,
      recordedCalls: recordings.read(),
      calleesHold,
      channelsLeft,
      nowMs: Date.now(),
      disturbances: this.#injector.injected.map(({ kind, injectedAtMs, settledAtMs }) => ({
        kind,
        fromMs: this.#startedAtMs + injectedAtMs,
        toMs: this.#startedAtMs + settledAtMs,
      })),
      drachtioOutages: this.#injector.drachtioOutages,
      kills: slots.flatMap((slot) => slot.kills),
      exits: slots.flatMap((slot) => slot.exits),
      cancelledInTime: this.#cancelledInTime,
    };
    return judge(evidence);
  }

  /** Queues a job at its time, and cancels it if that is planned. */
  async #place({ atMs, job, expiresAfterMs, cancelAfterMs }: PlannedJob): Promise<void> {
    const { queue, botsUrl } = this.#network;
    await this.#at(atMs, async () => {
      const expiry = expiresAfterMs === null ? {} : { expiresAt: Date.now() + expiresAfterMs };
      await this.#insist(() => queue.add({ ...withBots(job, botsUrl), ...expiry }));
      this.#queued += 1;
    });
    if (cancelAfterMs === null) return;
    await delay(cancelAfterMs);
    await this.#insist(async () => {
      const { phase } = await queue.cancel(job.id);
      if (phase === 'waiting') this.#cancelledInTime.add(job.id);
    });
  }

  async #at(atMs: number, act: () => Promise<void>): Promise<void> {
    await delay(Math.max(0, this.#startedAtMs + atMs - Date.now()));
    await act();
  }

  /** Redis may be away just now; both requests may be repeated. */
  async #insist(request: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await request();
        return;
      } catch (error) {
        const { code } = error as { code?: string };
        // A job that got lost shows as one without a result.
        if (code === 'JOB_NOT_FOUND') return;
        if (code !== 'QUEUE_UNAVAILABLE') throw error;
        await delay(LOOK_EVERY_MS);
      }
    }
  }

  /** Also resolves when no more results come: a slow machine gets its time, what is lost shows. */
  async #untilAllHaveResults(jobs: number): Promise<void> {
    const { results } = this.#network;
    let had = -1;
    while (results.jobCount < jobs && results.jobCount > had) {
      had = results.jobCount;
      await this.#until(NEXT_RESULT_WITHIN_MS, () => results.jobCount > had);
    }
  }

  /** Resolves as soon as it is so, or when the time is over. */
  async #until(withinMs: number, isSo: () => boolean): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!isSo() && performance.now() < deadline) await delay(LOOK_EVERY_MS);
  }

  #progress(): Progress {
    return {
      elapsedMs: Date.now() - this.#startedAtMs,
      queued: this.#queued,
      results: this.#network.results.jobCount,
      faults: this.#injector.injected.length,
    };
  }
}
