import { type CallResult, DEFAULT_PREFIX, ledgerKeys } from '@outdial/contract';
import type { RedisClient } from '@outdial/queue';
import { defineLedgerScripts, type RunLedgerScript } from './scripts.js';

/** How many jobs of a label there are. */
export interface LabelCounts {
  /** Without a result, and not claimed by a worker. */
  waiting: number;
  /** Calls that workers hold: dialled, ringing, or up. An answered call that is up is counted here and in `results`. */
  active: number;
  /** With a result, by its state; kept as long as the ledger keeps entries. */
  results: Record<Exclude<CallResult['state'], 'CALLING' | 'RINGING'>, number>;
}

const PAGE = 100;

/** Which jobs belong to a label, and how many of them have a result. The ledger counts results as it records them. */
export class Labels {
  readonly #redis: RedisClient;
  readonly #run: RunLedgerScript;
  readonly #openKey: (label: string) => string;

  /** The connection is shared; it is not closed here. */
  constructor(redis: RedisClient, prefix: string = DEFAULT_PREFIX) {
    this.#redis = redis;
    this.#run = defineLedgerScripts(redis, prefix);
    this.#openKey = ledgerKeys(prefix).labelOpen;
  }

  /** Notes jobs that are about to be queued. To be called before they are queued, so that no result comes first. */
  async open(label: string, jobIds: readonly string[]): Promise<void> {
    await this.#run('openLabel', label, ...jobIds);
  }

  async counts(label: string): Promise<LabelCounts> {
    const [open, active, unsettled, flat] = await this.#run<[number, number, number, string[]]>(
      'countLabel',
      label,
    );
    const results = { ANSWERED: 0, IDLE: 0, ERROR: 0 };
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const state = flat[i] as string;
      if (state in results) results[state as keyof typeof results] = Number(flat[i + 1]);
    }
    return { waiting: Math.max(0, open - unsettled), active, results };
  }

  /** Ids of the jobs that have no result yet, page by page; an id may come twice. */
  async *openJobs(label: string): AsyncGenerator<string[], void, undefined> {
    for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
      const [next, jobIds] = await this.#redis.sscan(this.#openKey(label), cursor, 'COUNT', PAGE);
      cursor = next;
      yield jobIds;
    }
  }

  /** Ids of the calls that are dialled, ringing or up. An answered call that is up has its result already. */
  async activeJobs(label: string): Promise<string[]> {
    return this.#run<string[]>('activeOfLabel', label);
  }

  /** Removes a job that is gone and will have no result. */
  async remove(label: string, jobId: string): Promise<void> {
    await this.#redis.srem(this.#openKey(label), jobId);
  }
}
