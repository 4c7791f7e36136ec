import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { WorkerStatus } from '@outdial/contract';
import type { Ledger } from '@outdial/ledger';
import type { Telephony } from '@outdial/telephony';
import type { Membership } from '../cluster/membership.js';
import type { Drain } from '../lifecycle/drain.js';
import type { Pace } from '../pace/pacer.js';
import type { Metrics } from '../telemetry/metrics.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export interface StatusSources {
  ledger: Pick<Ledger, 'reportStatus'>;
  membership: Pick<Membership, 'workerId'>;
  telephony: Pick<Telephony, 'servers'>;
  drain: Pick<Drain, 'hasBegun'>;
  metrics: Metrics;
  /** Null until the lanes are open. */
  pace: () => Pace | null;
}

/** Tells those who watch how this worker is. */
export class StatusReporter {
  readonly #sources: StatusSources;
  readonly #startedAt = Date.now();
  #cpu = process.cpuUsage();
  #cpuAt = performance.now();

  constructor(sources: StatusSources) {
    this.#sources = sources;
  }

  async report(): Promise<void> {
    const { ledger, membership } = this.#sources;
    await ledger.reportStatus(membership.workerId, await this.#status());
  }

  async #status(): Promise<WorkerStatus> {
    const { telephony, drain, metrics, pace } = this.#sources;
    const takenOver = await metrics.callsTakenOver.get();
    const { callsAllowed = null, isSlowed = false } = pace() ?? {};
    return {
      version,
      host: hostname(),
      pid: process.pid,
      startedAt: this.#startedAt,
      at: Date.now(),
      isDraining: drain.hasBegun,
      callsAllowed,
      isSlowed,
      callsTakenOver: takenOver.values[0]?.value ?? 0,
      cores: this.#takeCores(),
      memoryBytes: process.memoryUsage.rss(),
      servers: telephony.servers().map(({ kind, address, isUp, busyCalls, problem }) => ({
        ...{ kind, address, isUp, busyCalls, problem },
      })),
    };
  }

  /** Since it was last asked. */
  #takeCores(): number {
    const { user, system } = process.cpuUsage(this.#cpu);
    const elapsedMs = performance.now() - this.#cpuAt;
    this.#cpu = process.cpuUsage();
    this.#cpuAt = performance.now();
    return elapsedMs === 0 ? 0 : (user + system) / 1000 / elapsedMs;
  }
}
