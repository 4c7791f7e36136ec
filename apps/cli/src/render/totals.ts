import type { CallEvent } from '@outdial/contract';

/** The numbers of jobs without a result. */
export interface OpenJobs {
  waiting: number;
  active: number;
  delayed: number;
}

/** The rate is measured over this time. */
const WINDOW_MS = 60_000;
/** A rate over a shorter time is too uncertain for an estimate. */
const LEAST_WINDOW_MS = 5_000;

/** Counts results, and measures their rate. */
export class Totals {
  #startedAt: number;
  #results = 0;
  #answered = 0;
  /** The times of the results of the last minute. */
  #recent: number[] = [];

  constructor(now: number) {
    this.#startedAt = now;
  }

  apply(event: CallEvent): void {
    if (event.type !== 'result') return;
    this.#results += 1;
    if (event.result.timings.answeredAt !== undefined) this.#answered += 1;
    // Results that are replayed from the past do not count for the rate.
    if (event.at >= this.#startedAt) this.#recent.push(event.at);
  }

  /** One line: open jobs, results, results per second, and the estimated time until all jobs have a result. */
  line({ waiting, active, delayed }: OpenJobs, now: number): string {
    const perSecond = this.#perSecond(now);
    const open = waiting + active + delayed;
    return [
      `${waiting} waiting`,
      `${active} in progress`,
      ...(delayed === 0 ? [] : [`${delayed} to retry`]),
      `${this.#results} done (${this.#answered} answered)`,
      ...(perSecond === null ? [] : [`${perSecond.toFixed(1)}/s`]),
      ...(perSecond === null || perSecond === 0 || open === 0
        ? []
        : [`${formatDuration(open / perSecond)} left`]),
    ].join(', ');
  }

  #perSecond(now: number): number | null {
    const from = Math.max(this.#startedAt, now - WINDOW_MS);
    if (now - from < LEAST_WINDOW_MS) return null;
    const first = this.#recent.findIndex((at) => at >= from);
    this.#recent = first < 0 ? [] : this.#recent.slice(first);
    return (this.#recent.length * 1000) / (now - from);
  }
}

/** `40 s`, `12 min`, `3 h 20 min`. */
function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
