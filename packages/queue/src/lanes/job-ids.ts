import { randomUUID } from 'node:crypto';
import { DEFAULTS, jobReservationKey, laneQueueName, lanesKey, ledgerKeys } from '@outdial/contract';
import { defineScripts, type RunScript, readScripts } from '../redis/lua-scripts.js';
import type { RedisAccess } from '../redis/redis-access.js';

const SCRIPTS = readScripts(new URL('./lua/', import.meta.url), { files: { reserveIds: 'reserve-ids' } });

/** Longer than adding takes. An enqueuer that dies while it adds holds up others that want the same ids for so long. */
const RESERVED_MS = 5000;

/** What is known of an id before it is added. JSON is as it is stored; anybody may have written it. */
export type FoundId =
  /** A lane has a job of this id. */
  | { kind: 'job'; data: string }
  /** The ledger has claimed or settled it, and no lane has it any longer. */
  | { kind: 'entry'; job: string | null; result: string | null }
  /** Another enqueuer is adding it at this moment. */
  | { kind: 'reserved' }
  /** It may be added; if it was reserved, by the caller alone. */
  | { kind: 'free' };

/** Tells whether job ids are taken, in any lane or by the ledger, and reserves those that are not. */
export class JobIds {
  readonly #access: RedisAccess;
  readonly #token = randomUUID();
  #run: RunScript<'reserveIds'> | null = null;

  constructor(access: RedisAccess) {
    this.#access = access;
  }

  /** What is known of each id, in their order. Reserves nothing. To be called within a request. */
  find(ids: readonly string[]): Promise<FoundId[]> {
    return this.#ask(ids, 0);
  }

  /** The same, and reserves the free ones until `release`, for 5 s at most. */
  reserve(ids: readonly string[]): Promise<FoundId[]> {
    return this.#ask(ids, RESERVED_MS);
  }

  /** Ends reservations, once the jobs are added or given up. */
  async release(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const { client, prefix } = this.#access;
    await client.unlink(...ids.map((id) => jobReservationKey(prefix, id)));
  }

  async #ask(ids: readonly string[], lastsMs: number): Promise<FoundId[]> {
    if (ids.length === 0) return [];
    const answers = await this.#scripts()<Array<[FoundId['kind'], (string | null)?, (string | null)?]>>(
      'reserveIds',
      this.#token,
      lastsMs,
      DEFAULTS.lane,
      ...ids,
    );
    return answers.map(([kind, first = null, second = null]): FoundId => {
      if (kind === 'job') return { kind, data: first ?? '' };
      return kind === 'entry' ? { kind, job: first, result: second } : { kind };
    });
  }

  #scripts(): RunScript<'reserveIds'> {
    const { client, prefix } = this.#access;
    this.#run ??= defineScripts(client, {
      namespace: 'outdial-ids',
      scripts: SCRIPTS,
      keys: [
        lanesKey(prefix),
        `${prefix}:${laneQueueName('')}`,
        ledgerKeys(prefix).call(''),
        jobReservationKey(prefix, ''),
      ],
    });
    return this.#run;
  }
}
