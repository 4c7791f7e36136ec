import type { RedisAccess } from '../redis-access.js';
import { IdSet } from './id-set.js';
import { type Answer, type Snapshot, unlessWrongType } from './snapshot.js';

const PAGE = 1000;
/** Pages of a list overlap, so that what is taken out of it meanwhile does not push anything past the reader. */
const OVERLAP = 100;
/** Lists that a record may be in; `paused` is what older versions of BullMQ rename the first to. */
const WAITING_LISTS = ['wait', 'paused'] as const;
const SORTED_SETS = ['completed', 'failed', 'delayed', 'prioritized', 'waiting-children'] as const;
type SortedSet = (typeof SORTED_SETS)[number];
const FIELDS = ['timestamp', 'processedOn', 'finishedOn', 'ats', 'atm', 'opts'] as const;
type Field = (typeof FIELDS)[number];

/** The ids in a queue's lists. These cannot be asked for one id without going through all of them, so they are read once. */
export interface QueueLists {
  waiting: IdSet;
  active: ReadonlySet<string>;
  /** Epoch milliseconds by Redis' clock, before the first was read. */
  readAt: number;
}

/** A BullMQ queue as it lies in Redis, for looking only. Its classes write, or read all of a list in one go. */
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

  /** Asks for a record, and in which of these sorted sets it is. */
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

  /** A list's ids, each once, though it moves while it is read: what is new comes in at the front. */
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

/** What a snapshot says of one record (a BullMQ job) of a queue. */
export class QueueRecord {
  readonly id: string;
  readonly #fields: Answer;
  readonly #scores: ReadonlyMap<SortedSet, Answer>;

  constructor(id: string, fields: Answer, scores: ReadonlyMap<SortedSet, Answer>) {
    this.id = id;
    this.#fields = fields;
    this.#scores = scores;
  }

  /** Whether there is a hash, and it is a record's: the queue's own keys lie next to them. */
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

  /** What it carries, as text; null also when that was not asked for. */
  get data(): string | null {
    return this.#fields.texts()[FIELDS.length] ?? null;
  }

  /** Changes each time that the record is handed out. */
  get handedOut(): string {
    return `${this.number('ats')} ${this.number('processedOn')}`;
  }

  /** How long it is kept once finished, as it says itself; null when it does not. */
  get keptForMs(): number | null {
    try {
      const { removeOnComplete } = JSON.parse(this.#fields.texts()[FIELDS.indexOf('opts')] ?? '');
      return typeof removeOnComplete?.age === 'number' ? removeOnComplete.age * 1000 : null;
    } catch {
      return null;
    }
  }
}
