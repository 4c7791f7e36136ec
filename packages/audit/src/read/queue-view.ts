import type { RedisAccess } from '@outdial/queue';
import { IdSet } from '../scan/id-set.js';
import { type Answer, type Snapshot, unlessWrongType } from './snapshot.js';

const PAGE = 1000;
/** Pages of a list overlap: ids that are removed while it is read would otherwise make the reader skip others. */
const OVERLAP = 100;
/** Lists that a record may be in. Older versions of BullMQ rename `wait` to `paused`. */
const WAITING_LISTS = ['wait', 'paused'] as const;
const SORTED_SETS = ['completed', 'failed', 'delayed', 'prioritized', 'waiting-children'] as const;
type SortedSet = (typeof SORTED_SETS)[number];
const FIELDS = ['timestamp', 'processedOn', 'finishedOn', 'ats', 'atm', 'opts'] as const;
type Field = (typeof FIELDS)[number];

/** The ids in a queue's lists. Redis finds an id in a list only by going through all of it, so the lists are read once. */
export interface QueueLists {
  waiting: IdSet;
  active: ReadonlySet<string>;
  /** When reading began, in epoch milliseconds by Redis' clock. */
  readAt: number;
}

/** A BullMQ queue in Redis, read only. BullMQ's own classes write, or read a whole list at once. */
export class QueueView {
  readonly #key: string;

  constructor(prefix: string, name: string) {
    this.#key = `${prefix}:${name}`;
  }

  key(suffix: string): string {
    return `${this.#key}:${suffix}`;
  }

  async readLists(access: RedisAccess, readAt: number): Promise<QueueLists> {
    const waiting = new IdSet();
    for (const list of WAITING_LISTS) {
      for await (const ids of this.#pages(access, list)) for (const id of ids) waiting.add(id);
    }
    const active = new Set<string>();
    for await (const ids of this.#pages(access, 'active')) for (const id of ids) active.add(id);
    return { waiting: waiting.seal(), active, readAt };
  }

  /** Adds to a snapshot a record, and in which of these sorted sets it is. */
  askRecord(
    snapshot: Snapshot,
    id: string,
    { sets = SORTED_SETS, withData = false }: { sets?: readonly SortedSet[]; withData?: boolean } = {},
  ): QueueRecord {
    return new QueueRecord(
      id,
      snapshot.ask('hmget', this.key(id), ...FIELDS, ...(withData ? ['data'] : [])),
      new Map(sets.map((name) => [name, snapshot.ask('zscore', this.key(name), id)])),
    );
  }

  /** A list's ids, each once, even if the list changes while it is read: new ids come in at the front. */
  async *#pages(access: RedisAccess, list: string): AsyncGenerator<string[], void, undefined> {
    let former: string[] = [];
    for (let from = 0; ; from += PAGE - OVERLAP) {
      const page = await readList(access, this.key(list), from);
      const seam = page.indexOf(former.at(-1) ?? '');
      const seen = new Set(former);
      yield seam >= 0 ? page.slice(seam + 1) : page.filter((id) => !seen.has(id));
      if (page.length < PAGE) return;
      former = page;
    }
  }
}

function readList(access: RedisAccess, key: string, from: number): Promise<string[]> {
  return access.request('audit', (client) => unlessWrongType(client.lrange(key, from, from + PAGE - 1), []));
}

/** One record (a BullMQ job) of a queue, as a snapshot has it. */
export class QueueRecord {
  readonly id: string;
  readonly #fields: Answer;
  readonly #scores: ReadonlyMap<SortedSet, Answer>;

  constructor(id: string, fields: Answer, scores: ReadonlyMap<SortedSet, Answer>) {
    this.id = id;
    this.#fields = fields;
    this.#scores = scores;
  }

  /** Whether there is a hash with the fields of a record: the queue's own keys have names alike. */
  get exists(): boolean {
    return this.#fields.texts().some((field) => field !== null);
  }

  /** Since when it is in a sorted set, in epoch milliseconds for the finished ones; null when it is not. */
  score(name: SortedSet): number | null {
    return this.#scores.get(name)?.number() ?? null;
  }

  /** The sorted sets that it is in. */
  get sets(): SortedSet[] {
    return SORTED_SETS.filter((name) => this.score(name) !== null);
  }

  number(field: Field): number | null {
    const text = this.#fields.texts()[FIELDS.indexOf(field)];
    return text === null || text === undefined || !Number.isFinite(Number(text)) ? null : Number(text);
  }

  /** The JSON that it carries; null also where it was not read. */
  get data(): string | null {
    return this.#fields.texts()[FIELDS.length] ?? null;
  }

  /** A text that changes each time the record is handed out. */
  get handedOut(): string {
    return `${this.number('ats')} ${this.number('processedOn')}`;
  }

  /** How long it is kept once it is finished, by its own options; null: they do not say. */
  get keptForMs(): number | null {
    try {
      const { removeOnComplete } = JSON.parse(this.#fields.texts()[FIELDS.indexOf('opts')] ?? '');
      return typeof removeOnComplete?.age === 'number' ? removeOnComplete.age * 1000 : null;
    } catch {
      return null;
    }
  }
}
