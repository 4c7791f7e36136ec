import { randomUUID } from 'node:crypto';
import { type CallResult, DEFAULT_PREFIX, type EndedRecord, RETENTION_DEFAULTS } from '@outdial/contract';
import type {
  CancelAnswer,
  ClaimAnswer,
  DueOutcome,
  EndAnswer,
  HeartbeatAnswer,
  LeaveAnswer,
  OutboxItem,
  OutcomeKind,
  RecordAnswer,
  ReleaseAnswer,
  SettleAnswer,
  UnclaimAnswer,
} from './answers.js';
import {
  type LedgerEntry,
  type LivePhase,
  parseRecord,
  toEntry,
  type UnreadableEntryError,
} from './entry.js';
import { ledgerKeys } from './keys.js';
import type { RedisClient } from './redis-client.js';
import type { ClaimRequest, LedgerOptions, Update } from './requests.js';
import { defineScripts, type RunScript, type ScriptName } from './scripts.js';
import { toEntries, toJson, toRejection, toTexts } from './texts.js';

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
 * was taken, and it may be repeated with the same arguments. What cannot be read rejects with `UnreadableEntryError`,
 * again and again.
 */
export class Ledger {
  readonly prefix: string;
  readonly #redis: RedisClient;
  readonly #run: RunScript;
  readonly #eventsMaxLength: number;
  readonly #ageMs: number;
  /** 0: as many as there are. */
  readonly #keepCount: number;
  readonly #keys: ReturnType<typeof ledgerKeys>;
  readonly #onUnreadable: (error: UnreadableEntryError) => void;

  constructor(redis: RedisClient, options: LedgerOptions = {}) {
    this.prefix = options.prefix ?? DEFAULT_PREFIX;
    this.#redis = redis;
    this.#run = defineScripts(redis, this.prefix);
    this.#eventsMaxLength = options.eventsMaxLength ?? RETENTION_DEFAULTS.eventsMax;
    const { ageSeconds = RETENTION_DEFAULTS.ageSeconds, count = 0 } = options.retention ?? {};
    this.#ageMs = Math.ceil(ageSeconds * 1000);
    this.#keepCount = count;
    this.#keys = ledgerKeys(this.prefix);
    this.#onUnreadable = options.onUnreadable ?? (() => undefined);
  }

  /**
   * Registers a worker, or renews its lease for `ttlMs`. Without a live lease it gets no claim. `mayRegister` false: only
   * renews, for a worker that may have to let go of calls that are another's by now.
   */
  async heartbeat(
    workerId: string,
    { ttlMs, mayRegister = true }: { ttlMs: number; mayRegister?: boolean },
  ): Promise<HeartbeatAnswer> {
    const [wasRegistered, cancels] = await this.#run<[string | null, string[]]>(
      'heartbeat',
      workerId,
      ttlMs,
      mayRegister ? 1 : 0,
    );
    return { wasRegistered: wasRegistered !== null, cancels };
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

  /** Ids of the calls on a worker's list: what it holds, or has taken over, and has not released yet. */
  callsOf(workerId: string): Promise<string[]> {
    return this.#redis.smembers(this.#keys.workerCalls(workerId));
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
      taken.push(...toEntries(chunk, this.#onUnreadable));
      if (chunk.length < TAKE_OVER_CHUNK) return taken;
    }
  }

  /**
   * Leaves a call that its holder cannot release to somebody who can: it is found as one of the lost worker `heirId`, and
   * taken over from that.
   */
  leave(jobId: string, token: string, heirId: string): Promise<LeaveAnswer> {
    return this.#step('leave', jobId, token, heirId);
  }

  /** Asks for the right to dial a job. Only the answer `claimed` gives it, once a job. */
  async claim(request: ClaimRequest): Promise<ClaimAnswer> {
    const token = request.token ?? randomUUID();
    const [kind, ...rest] = await this.#step<[ClaimAnswer['kind'], string | null, string | null]>(
      'claim',
      request.jobId,
      request.workerId,
      token,
      JSON.stringify(request.job),
      toJson(request.whereabouts),
    );
    switch (kind) {
      case 'claimed':
        return { kind, token };
      case 'held':
        return { kind, workerId: rest[0] ?? '', isAlive: rest[1] !== null };
      case 'settled':
        return { kind, result: parseRecord(request.jobId, rest[0]), isPublished: rest[1] !== null };
      default:
        return { kind };
    }
  }

  /** Gives a claim back, when it is certain that no INVITE left; the job may then be claimed again. */
  unclaim(jobId: string, token: string): Promise<UnclaimAnswer> {
    return this.#step('unclaim', jobId, token);
  }

  /** Writes down what has become known of a call, and puts its events on the stream. */
  record(jobId: string, token: string, update: Update & { phase?: LivePhase }): Promise<RecordAnswer> {
    return this.#step(
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
    const [kind, value] = await this.#step<[SettleAnswer['kind'], string | undefined]>(
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
    if (kind === 'already') return { kind, result: parseRecord(jobId, value) };
    if (kind === 'held') return { kind, workerId: value ?? '' };
    return { kind };
  }

  /**
   * Records that an answered call has ended; its record goes to the outbox. `isOver` (default true): nothing of it is up, so
   * the call leaves its worker; else `release` has to follow.
   */
  async end(
    jobId: string,
    token: string,
    ended: EndedRecord,
    update: Pick<Update, 'events'> & { isOver?: boolean } = {},
  ): Promise<EndAnswer> {
    const [kind, value] = await this.#step<[EndAnswer['kind'], string | undefined]>(
      'end',
      jobId,
      token,
      JSON.stringify(ended),
      update.isOver === false ? 0 : 1,
      this.#ageMs,
      this.#eventsMaxLength,
      ...toTexts(update.events, ended),
    );
    return kind === 'already' ? { kind, ended: parseRecord(jobId, value) } : { kind };
  }

  /** A settled call of which nothing is up any more leaves its worker's list. */
  release(jobId: string, token: string): Promise<ReleaseAnswer> {
    return this.#step('release', jobId, token, this.#ageMs);
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
    const [phase, ...rest] = await this.#step<[CancelAnswer['phase'], string | null, string | null]>(
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
        result: parseRecord(jobId, rest[0]),
        ended: ended === null ? null : parseRecord(jobId, ended),
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
  } = {}): Promise<DueOutcome[]> {
    const items = await this.#run<Array<[OutcomeKind, string, string]>>('unpublished', limit, olderThanMs);
    return items.map(([kind, jobId, text]) => {
      try {
        return { kind, jobId, record: parseRecord(jobId, text) } as OutboxItem;
      } catch (error) {
        this.#onUnreadable(error as UnreadableEntryError);
        return { kind, jobId, record: null };
      }
    });
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

  /**
   * Whether a job that was queued at `queuedAt` (epoch milliseconds) may have an entry that is past its retention: then it
   * says nothing that there is none.
   */
  async mayHaveForgotten(queuedAt: number): Promise<boolean> {
    if (Date.now() - queuedAt > this.#ageMs) return true;
    const forgottenUpTo = await this.#redis.hget(this.#keys.moments, 'forgottenUpTo');
    return forgottenUpTo !== null && queuedAt <= Number(forgottenUpTo);
  }

  /** All that is on record of a job, or null: never claimed nor settled, or past its retention. */
  async get(jobId: string): Promise<LedgerEntry | null> {
    const hash = await this.#redis.hgetall(this.#keys.call(jobId)).catch((error: unknown) => {
      throw toRejection(jobId, error);
    });
    return toEntry(jobId, hash);
  }

  /** Runs a script of one job's. */
  async #step<Answer>(
    name: ScriptName,
    jobId: string,
    ...args: ReadonlyArray<string | number>
  ): Promise<Answer> {
    try {
      return await this.#run<Answer>(name, jobId, ...args);
    } catch (error) {
      throw toRejection(jobId, error);
    }
  }
}
