import { TransientMap } from '@outdial/collections';
import type { CallCommand } from '@outdial/contract';
import type { Metrics } from '../telemetry/metrics.js';
import type { CallRunner } from './call-runner.js';

/** The active calls of this worker by job id. Cancels and commands for unknown jobs are ignored. */
export class ActiveCalls {
  readonly #calls = new TransientMap<string, CallRunner>();
  /** Job ids of claims, by token, from before they are asked for: a claimed job may become a call at any moment. */
  readonly #claims = new Map<string, string>();
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  get count(): number {
    return this.#calls.size;
  }

  get jobIds(): Iterable<string> {
    return this.#calls.keys();
  }

  add(jobId: string, call: CallRunner): void {
    this.#calls.set(jobId, call);
    this.#metrics.callsUp.set(this.count);
  }

  remove(jobId: string): void {
    this.#calls.delete(jobId);
    this.#metrics.callsUp.set(this.count);
  }

  /** Does work under a claim; the job counts as held meanwhile. */
  async underClaim<T>(jobId: string, token: string, work: () => Promise<T>): Promise<T> {
    this.#claims.set(token, jobId);
    try {
      return await work();
    } finally {
      this.#claims.delete(token);
    }
  }

  /** Whether this worker holds the job's call: it is being claimed, up, or being released. */
  holds(jobId: string): boolean {
    return this.#calls.has(jobId) || [...this.#claims.values()].includes(jobId);
  }

  /** Claims calls again that the ledger does not list for this worker: Redis may have lost the claim. */
  confirmClaims(listed: ReadonlySet<string>): void {
    for (const [jobId, call] of this.#calls) {
      if (!listed.has(jobId)) call.confirmClaim();
    }
  }

  cancel(jobId: string): void {
    this.#calls.get(jobId)?.cancel();
  }

  command(command: CallCommand): void {
    this.#calls.get(command.jobId)?.command(command);
  }

  /** Another worker has taken all of them over. */
  loseClaims(): void {
    for (const call of this.#calls.values()) call.loseClaim();
  }

  /** The time to drain is over. */
  expireDrain(): void {
    for (const call of this.#calls.values()) call.expireDrain();
  }
}
