import type { CallCommand } from '@outdial/contract';
import type { CallRunner } from './call-runner.js';
import type { Metrics } from './metrics.js';

/** The calls that this worker holds, by job id, and what reaches them from outside; what reaches none is nobody's. */
export class CallsUp {
  readonly #calls = new Map<string, CallRunner>();
  /** Job ids of claims, by token, from before they are asked for: what is claimed may be a call any moment. */
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

  /** Does what is to be done under a claim, and holds the job meanwhile. */
  async underClaim<T>(jobId: string, token: string, work: () => Promise<T>): Promise<T> {
    this.#claims.set(token, jobId);
    try {
      return await work();
    } finally {
      this.#claims.delete(token);
    }
  }

  /** Whether the job's call is in this worker's hands: being claimed, up, or being released. */
  holds(jobId: string): boolean {
    return this.#calls.has(jobId) || [...this.#claims.values()].includes(jobId);
  }

  /** Claims again what is up and not among the calls that the ledger lists for this worker: Redis may have forgotten it. */
  confirmClaims(listed: ReadonlySet<string>): void {
    for (const [jobId, call] of this.#calls) {
      if (!listed.has(jobId)) call.confirmClaim();
    }
  }

  /** Somebody wants the call cancelled. */
  cancel(jobId: string): void {
    this.#calls.get(jobId)?.cancel();
  }

  /** The campaign tells a call something. */
  command(command: CallCommand): void {
    this.#calls.get(command.jobId)?.requestWait(command);
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
