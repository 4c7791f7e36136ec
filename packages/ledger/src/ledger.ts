import { randomUUID } from 'node:crypto';
import {
  type CallEvent,
  type CallJob,
  type CallResult,
  DEFAULT_PREFIX,
  type EndedRecord,
} from '@outdial/contract';
import type {
  CancelAnswer,
  ClaimAnswer,
  EndAnswer,
  HeartbeatAnswer,
  OutboxItem,
  OutcomeKind,
  RecordAnswer,
  ReleaseAnswer,
  SettleAnswer,
  UnclaimAnswer,
} from './answers.js';
import { type CallFacts, type LedgerEntry, type LivePhase, toEntry, type Whereabouts } from './entry.js';
import type { RedisClient } from './redis-client.js';
import { defineScripts, type RunScript } from './scripts.js';

export interface Retention {
  /** Seconds that an entry is kept once its call is over and its outcomes are published, and that events are kept. */
  ageSeconds: number;
  /** At most so many of those entries, the newest; absent: as many as there are. */
  count?: number;
}

export interface LedgerOptions {
  /** Of every key; its hash tag keeps them in one cluster slot. */
  prefix?: string;
  /** Roughly how many events the stream keeps. */
  eventsMaxLength?: number;
  retention?: Retention;
}

export interface ClaimRequest {
  jobId: string;
  workerId: string;
  job: CallJob;
  whereabouts?: Whereabouts;
  /** Goes to the stream with the claim. */
  event?: CallEvent;
  /**
   * The claim's fencing token, for a caller that has to repeat a claim whose answer it never got: the same
   * token is the same claim.
   */
  token?: string;
}

/** What becomes known of a call; `whereabouts` and `facts` replace what was there as a whole. */
export interface Update {
  whereabouts?: Whereabouts;
  facts?: CallFacts;
  events?: readonly CallEvent[];
}

const DEFAULT_AGE_SECONDS = 7 * 24 * 3600;
/** How many calls a takeover moves in one step. */
const TAKE_OVER_CHUNK = 100;

/**
 * The durable record of what has been dialled. Each method is one atomic step in Redis, and each may be
 * repeated: a repeat answers as the first did, or says that what it asks for has happened already.
 *
 * The rules that it keeps: a job is claimed at most once before it has an outcome; only the holder of the
 * claim's token writes about the call; the first outcome wins and stands in the outbox until it is known to
 * be published; a claimed call stays on its worker's list until nothing of it is up, and moves to another
 * worker's list, under a new token, only when the worker's heartbeat has run out.
 *
 * A method rejects when Redis does not answer or refuses to write; then nothing is known of whether the step
 * was taken, and it may be repeated with the same arguments.
 */
export class Ledger {
  readonly prefix: string;
  readonly #redis: RedisClient;
  readonly #run: RunScript;
  readonly #eventsMaxLength: number;
  readonly #ageMs: number;
  /** 0: as many as there are. */
  readonly #keepCount: number;

  constructor(redis: RedisClient, options: LedgerOptions = {}) {
    this.prefix = options.prefix ?? DEFAULT_PREFIX;
    this.#redis = redis;
    this.#run = defineScripts(redis, this.prefix);
    this.#eventsMaxLength = options.eventsMaxLength ?? 100_000;
    const { ageSeconds, count = 0 } = options.retention ?? { ageSeconds: DEFAULT_AGE_SECONDS };
    this.#ageMs = Math.ceil(ageSeconds * 1000);
    this.#keepCount = count;
  }

  /** Registers a worker, or renews its lease for `ttlMs`. Without a live lease it gets no claim. */
  async heartbeat(workerId: string, { ttlMs }: { ttlMs: number }): Promise<HeartbeatAnswer> {
    const [wasRegistered, callCount, cancels] = await this.#run<[string | null, number, string[]]>(
      'heartbeat',
      workerId,
      ttlMs,
    );
    return { wasRegistered: wasRegistered !== null, callCount, cancels };
  }

  /**
   * Ends a worker's lease. Answers how many calls it still has on record; with any, it counts as lost from
   * now on, so that another takes them over at once.
   */
  retire(workerId: string): Promise<number> {
    return this.#run('retire', workerId);
  }

  /** Registered workers whose lease has run out. */
  lostWorkers(): Promise<string[]> {
    return this.#run('lostWorkers');
  }

  /** The calls on a worker's list: what it must know of, or else unclaim or release. */
  async callsOf(workerId: string): Promise<LedgerEntry[]> {
    return toEntries(await this.#run<Array<[string, string[]]>>('callsOf', workerId));
  }

  /**
   * Moves a lost worker's calls to the taker's list under new tokens, and answers them. Empty when the worker
   * is alive after all, the taker is not, or others were faster; several takers share the calls.
   */
  async takeOver(lostWorkerId: string, takerId: string): Promise<LedgerEntry[]> {
    const taken: LedgerEntry[] = [];
    for (;;) {
      const chunk = await this.#run<Array<[string, string[]]>>(
        'takeOver',
        lostWorkerId,
        takerId,
        randomUUID(),
        TAKE_OVER_CHUNK,
      );
      taken.push(...toEntries(chunk));
      if (chunk.length < TAKE_OVER_CHUNK) return taken;
    }
  }

  /** The calls that takeovers moved to a worker's list and that are still on it: not settled, or not released. */
  async takenOver(workerId: string): Promise<LedgerEntry[]> {
    return toEntries(await this.#run<Array<[string, string[]]>>('takenOver', workerId));
  }

  /** Asks for the right to dial a job. Only the answer `claimed` gives it, once a job. */
  async claim(request: ClaimRequest): Promise<ClaimAnswer> {
    const token = request.token ?? randomUUID();
    const [kind, ...rest] = await this.#run<[ClaimAnswer['kind'], string | null, string | null]>(
      'claim',
      request.jobId,
      request.workerId,
      token,
      JSON.stringify(request.job),
      toJson(request.whereabouts),
      this.#eventsMaxLength,
      ...toTexts(request.event === undefined ? [] : [request.event]),
    );
    switch (kind) {
      case 'claimed':
        return { kind, token };
      case 'held':
        return { kind, workerId: rest[0] ?? '', isAlive: rest[1] !== null };
      case 'settled':
        return { kind, result: JSON.parse(rest[0] ?? ''), isPublished: rest[1] !== null };
      default:
        return { kind };
    }
  }

  /** Gives a claim back, when it is certain that no INVITE left; the job may then be claimed again. */
  unclaim(jobId: string, token: string): Promise<UnclaimAnswer> {
    return this.#run('unclaim', jobId, token);
  }

  /** Writes down what has become known of a call, and puts its events on the stream. */
  record(jobId: string, token: string, update: Update & { phase?: LivePhase }): Promise<RecordAnswer> {
    return this.#run(
      'record',
      jobId,
      token,
      update.phase ?? '',
      toJson(update.whereabouts),
      toJson(update.facts),
      this.#eventsMaxLength,
      ...toTexts(update.events),
    );
  }

  /**
   * Records a job's outcome, for good, and puts it in the outbox. With a null token: for a job that nobody
   * has claimed (broken, expired, out of retries). `isOver`: nothing of the call is up, so it also leaves its
   * worker's list; it is ignored for a result of state ANSWERED, whose call ends by `end`.
   */
  async settle(
    jobId: string,
    token: string | null,
    result: CallResult,
    update: Omit<Update, 'facts'> & { isOver?: boolean } = {},
  ): Promise<SettleAnswer> {
    const isUp = result.state === 'ANSWERED';
    const [kind, value] = await this.#run<[SettleAnswer['kind'], string | undefined]>(
      'settle',
      jobId,
      token ?? '',
      JSON.stringify(result),
      isUp ? 'answered' : 'ended',
      toJson(update.whereabouts),
      update.isOver === true && !isUp ? 1 : 0,
      this.#ageMs,
      this.#eventsMaxLength,
      ...toTexts(update.events, result),
    );
    if (kind === 'already') return { kind, result: JSON.parse(value ?? '') };
    if (kind === 'held') return { kind, workerId: value ?? '' };
    return { kind };
  }

  /** Records that an answered call has ended; its record goes to the outbox, the call leaves its worker. */
  async end(
    jobId: string,
    token: string,
    ended: EndedRecord,
    update: Pick<Update, 'events'> = {},
  ): Promise<EndAnswer> {
    const [kind, value] = await this.#run<[EndAnswer['kind'], string | undefined]>(
      'end',
      jobId,
      token,
      JSON.stringify(ended),
      this.#eventsMaxLength,
      ...toTexts(update.events, ended),
    );
    return kind === 'already' ? { kind, ended: JSON.parse(value ?? '') } : { kind };
  }

  /** A settled call of which nothing is up any more leaves its worker's list. */
  release(jobId: string, token: string): Promise<ReleaseAnswer> {
    return this.#run('release', jobId, token, this.#ageMs);
  }

  /**
   * Cancels a job, in whatever phase: records `ifWaiting` as its result when nobody has claimed it, else
   * tells the owner, over the control channel and with its next heartbeats.
   */
  async requestCancel(
    jobId: string,
    ifWaiting: CallResult,
    update: Pick<Update, 'events'> = {},
  ): Promise<CancelAnswer> {
    const [phase, ...rest] = await this.#run<[CancelAnswer['phase'], string | null, string | null]>(
      'requestCancel',
      jobId,
      JSON.stringify(ifWaiting),
      this.#eventsMaxLength,
      ...toTexts(update.events, ifWaiting),
    );
    if (phase === 'waiting') return { phase };
    if (phase === 'ended') {
      const ended = rest[1] ?? null;
      return {
        phase,
        result: JSON.parse(rest[0] ?? ''),
        ended: ended === null ? null : JSON.parse(ended),
      };
    }
    return { phase, workerId: rest[0] ?? '', isAlive: rest[1] !== null };
  }

  /** Outcomes that have waited to be published for `olderThanMs`, the oldest first. */
  async unpublished({
    limit = 100,
    olderThanMs = 0,
  }: {
    limit?: number;
    olderThanMs?: number;
  } = {}): Promise<OutboxItem[]> {
    const items = await this.#run<Array<[OutcomeKind, string, string]>>('unpublished', limit, olderThanMs);
    return items.map(([kind, jobId, record]) => ({ kind, jobId, record: JSON.parse(record) }));
  }

  /** Takes outcomes out of the outbox, once their queue has them; many in one round trip. */
  async markPublished(items: ReadonlyArray<{ kind: OutcomeKind; jobId: string }>): Promise<void> {
    if (items.length === 0) return;
    await this.#run(
      'markPublished',
      this.#ageMs,
      this.#keepCount,
      ...items.flatMap(({ kind, jobId }) => [kind, jobId]),
    );
  }

  /**
   * Lets go of what is past its retention where nothing new comes to do so: old events, and the index of entries that
   * have expired. For a worker to call now and then.
   */
  async trim(): Promise<void> {
    await this.#run('trim', this.#ageMs, this.#keepCount);
  }

  /** All that is on record of a job, or null: never claimed nor settled, or past its retention. */
  async get(jobId: string): Promise<LedgerEntry | null> {
    return toEntry(jobId, await this.#redis.hgetall(`${this.prefix}:ledger:call:${jobId}`));
  }
}

function toEntries(calls: ReadonlyArray<[jobId: string, fields: string[]]>): LedgerEntry[] {
  return calls.flatMap(([jobId, fields]) => {
    const hash: Record<string, string> = {};
    for (let i = 0; i + 1 < fields.length; i += 2) hash[fields[i] as string] = fields[i + 1] as string;
    return toEntry(jobId, hash) ?? [];
  });
}

/** An empty string tells a script that nothing was given. */
function toJson(value: object | undefined): string {
  return value === undefined ? '' : JSON.stringify(value);
}

/** Events as the scripts take them: one that carries the very record that is written ends where that belongs. */
function toTexts(events: readonly CallEvent[] = [], record?: CallResult | EndedRecord): string[] {
  return events.map((event) => {
    const carried = event.type === 'result' ? event.result : event.type === 'ended' ? event.ended : null;
    if (record === undefined || carried !== record) return JSON.stringify(event);
    return `${JSON.stringify({ ...event, [event.type]: undefined }).slice(0, -1)},"${event.type}":`;
  });
}
