import { ledgerKeys, RETENTION_DEFAULTS } from '@outdial/contract';

import type { RedisAccess } from '@outdial/queue';
import { Snapshot } from './snapshot.js';

const SAMPLE = 100;
const DEFAULT_AGE_MS = RETENTION_DEFAULTS.ageSeconds * 1000;
/** For clocks that differ, and for what is being dropped just now. */
const MARGIN_MS = 10_000;

/**
 * How long the ledger keeps its entries, derived from those that it has, since an audit has no worker's configuration. A
 * missing entry is a finding only where no older one was dropped.
 */
export class Retention {
  /** Null: there is no finished entry to derive it from. */
  readonly #ageMs: number | null;
  /** Entries that were finished before this may have been dropped because there were too many. */
  readonly #keptSince: number;

  constructor(ageMs: number | null, keptSince: number) {
    this.#ageMs = ageMs;
    this.#keptSince = keptSince;
  }

  /** From a sample of the oldest and the newest finished entries. */
  static async read(access: RedisAccess): Promise<Retention> {
    const keys = ledgerKeys(access.prefix);
    const ends = new Snapshot();
    const oldest = ends.ask('zrange', keys.finished, 0, SAMPLE - 1, 'WITHSCORES');
    const newest = ends.ask('zrange', keys.finished, -SAMPLE, -1, 'WITHSCORES');
    const count = ends.ask('zcard', keys.finished);
    await ends.take(access);
    const finishedAt = new Map([...oldest.scores(), ...newest.scores()]);

    const sample = new Snapshot();
    const time = sample.ask('time');
    const lives = [...finishedAt].map(([jobId, at]) => ({ at, ttl: sample.ask('pttl', keys.call(jobId)) }));
    await sample.take(access);
    const now = timeOf(time.texts());
    const ages = lives.flatMap(({ at, ttl }) => {
      const leftMs = ttl.number() ?? 0;
      return leftMs > 0 ? [now - at + leftMs] : [];
    });
    const [first = 0] = oldest.scores().values();
    // Entries are dropped before their time only where there are very many.
    const keptSince = (count.number() ?? 0) < RETENTION_DEFAULTS.entriesMaxLeast ? 0 : first;
    return new Retention(ages.length === 0 ? null : Math.min(...ages), keptSince);
  }

  /**
   * Whether the ledger must still have the entry of a job that ended at `endedAt`. `finishedAt`: when its retention began,
   * null: unknown; `keptForMs`: the retention that a queue's record states, null: none.
   */
  holdsEntry(job: {
    now: number;
    endedAt: number;
    finishedAt: number | null;
    keptForMs: number | null;
  }): boolean {
    const ages = [this.#ageMs, job.keptForMs].filter((ms) => ms !== null);
    const ageMs = ages.length === 0 ? DEFAULT_AGE_MS : Math.min(...ages);
    if ((job.finishedAt ?? job.endedAt) + ageMs < job.now + MARGIN_MS) return false;
    return job.finishedAt !== null || job.endedAt >= this.#keptSince;
  }

  /** Whether an outcome that was published at `at` is within its retention, which is as long as the ledger's. */
  isRecent(at: number, now: number): boolean {
    return at + (this.#ageMs ?? DEFAULT_AGE_MS) > now + MARGIN_MS;
  }
}

/** Redis' `TIME` in epoch milliseconds. */
export function timeOf([seconds, microseconds]: ReadonlyArray<string | null>): number {
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
}
