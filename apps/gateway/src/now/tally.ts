import type { CallEvent } from '@outdial/contract';

/** What is counted of each second, by lane: `dialled`, `result`, `cause:BUSY`, `kind:voicemail`. */
type Counts = Map<string, number>;

/** A period that is looked at. */
export interface Period {
  /** Epoch milliseconds. */
  until: number;
  seconds: number;
  isWanted: (lane: string) => boolean;
}

/** Counts of events, second by second and lane by lane, of the last so many seconds. */
export class Tally {
  readonly #keptSeconds: number;
  readonly #seconds = new Map<number, Map<string, Counts>>();
  /** By label, the second of its latest event. */
  readonly #labels = new Map<string, number>();
  #oldest = Number.POSITIVE_INFINITY;

  constructor(keptSeconds: number) {
    this.#keptSeconds = keptSeconds;
  }

  add(event: CallEvent): void {
    const second = Math.floor(event.at / 1000);
    if (typeof event.label === 'string') this.#labels.set(event.label, second);
    const names = namesOf(event);
    if (names.length === 0) return;
    this.#forget();
    const lanes = this.#seconds.get(second) ?? new Map<string, Counts>();
    this.#seconds.set(second, lanes);
    const counts = lanes.get(event.lane ?? '') ?? new Map<string, number>();
    lanes.set(event.lane ?? '', counts);
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    this.#oldest = Math.min(this.#oldest, second);
  }

  /** The labels that events had, the latest first. */
  labels(): string[] {
    return [...this.#labels].toSorted(([, a], [, b]) => b - a).map(([label]) => label);
  }

  /** All counts of a period together. */
  totals({ until, seconds, isWanted }: Period): Counts {
    const totals: Counts = new Map();
    this.#each({ until, seconds, isWanted }, (counts) => {
      for (const [name, count] of counts) totals.set(name, (totals.get(name) ?? 0) + count);
    });
    return totals;
  }

  /** How often something was counted, in each of `steps` equal parts of the period. */
  series(name: string, { until, seconds, isWanted }: Period, steps: number): number[] {
    const series = new Array<number>(steps).fill(0);
    const first = Math.floor(until / 1000) - seconds;
    this.#each({ until, seconds, isWanted }, (counts, second) => {
      const step = Math.floor(((second - first) * steps) / seconds);
      series[step] = (series[step] ?? 0) + (counts.get(name) ?? 0);
    });
    return series;
  }

  /** The period's last second is the one before `until`: that of `until` is not over. */
  #each({ until, seconds, isWanted }: Period, visit: (counts: Counts, second: number) => void): void {
    const end = Math.floor(until / 1000);
    for (let second = Math.max(end - seconds, this.#oldest); second < end; second++) {
      for (const [lane, counts] of this.#seconds.get(second) ?? []) if (isWanted(lane)) visit(counts, second);
    }
  }

  #forget(): void {
    const limit = Math.floor(Date.now() / 1000) - this.#keptSeconds;
    for (; this.#oldest < limit; this.#oldest++) this.#seconds.delete(this.#oldest);
    for (const [label, second] of this.#labels) if (second < limit) this.#labels.delete(label);
  }
}

/** The funnel comes from results alone, so that each of its stages is a part of the one before. */
function namesOf(event: CallEvent): string[] {
  if (event.type === 'calling') return ['begun'];
  if (event.type === 'answered') return ['answer'];
  if (event.type !== 'result') return [];
  const { state, cause, rang, farEndType, verdict, timings } = event.result;
  const wasDialled = timings.callingAt !== undefined;
  const wasAnswered = timings.answeredAt !== undefined;
  return [
    'result',
    ...(wasDialled ? ['dialled'] : []),
    ...(wasDialled && (rang || wasAnswered) ? ['rang'] : []),
    ...(wasAnswered ? ['answered'] : []),
    ...(wasAnswered && farEndType === 'LIVE' ? ['person'] : []),
    state === 'ANSWERED' ? 'cause:ANSWERED' : `cause:${cause}`,
    ...(verdict === null ? [] : [`farEnd:${farEndType}`, `kind:${verdict.kind}`]),
  ];
}
