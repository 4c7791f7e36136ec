import { randomUUID } from 'node:crypto';
import {
  type CallResult,
  cancelsChannel,
  DEFAULT_PREFIX,
  type EndedRecord,
  ledgerKeys,
  RETENTION_DEFAULTS,
  type Whereabouts,
  type WorkerStatus,
  workerStatusSchema,
} from '@outdial/contract';
import type { RedisClient } from '@outdial/queue';
import {
  type LedgerEntry,
  type LegSoFar,
  type LivePhase,
  parseRecord,
  toEntry,
  UnreadableEntryError,
} from './entry.js';
import { indexFacts } from './index/index-facts.js';
import type {
  CancelReply,
  ClaimLegReply,
  ClaimReply,
  DueOutcome,
  EndReply,
  HeartbeatReply,
  LeaveReply,
  OutboxItem,
  OutcomeKind,
  RecordReply,
  ReleaseReply,
  SettleReply,
  UnclaimReply,
} from './replies.js';
import type { ClaimRequest, LedgerOptions, Update } from './requests.js';
import { defineLedgerScripts, type RunLedgerScript, type ScriptName } from './scripts.js';
import { toEntries, toEventArguments, toJson, toRejection } from './serialization.js';

/** A worker that is registered. */
export interface WorkerLease {
  workerId: string;
  /** When its lease runs out, in epoch milliseconds by Redis' clock; 0 for one that has retired. */
  leaseUntil: number;
  /** Whether it still holds its lease; the calls of one that does not are about to be taken over. */
  isAlive: boolean;
  /** Calls that it holds. */
  calls: number;
  /** How it is, as it told lately; null: it did not, as workers of earlier versions. */
  status: WorkerStatus | null;
}

/** What a worker has told of itself stands for so long. */
const STATUS_SECONDS = 60;
/** How many calls a takeover moves in one step. */
const TAKE_OVER_CHUNK = 100;

/**
 * The durable record of what has been dialled. Each method is one atomic step in Redis, and each may be repeated: a repeat
 * returns what the first call did, or says that the step was taken before.
 *
 * Its rules: a job is claimed at most once before it has an outcome. Only the holder of the claim's token writes about the
 * call. The first outcome wins, and stays in the outbox until it is published. A claimed call stays on its worker's list
 * until all of it is released, and moves to another worker's list, under a new token, only after its worker's lease has run
 * out.
 *
 * A method rejects when Redis does not answer or refuses to write. Whether the step was taken is unknown then, and it may be
 * repeated with the same arguments. A method rejects with `UnreadableEntryError` where the job's entry cannot be read; a
 * repeat does as well.
 */
export class Ledger {
  readonly prefix: string;
  readonly #redis: RedisClient;
  readonly #run: RunLedgerScript;
  readonly #eventsMaxLength: number;
  readonly #ageMs: number;
  /** 0: all. */
  readonly #keepCount: number;
  readonly #keys: ReturnType<typeof ledgerKeys>;
  readonly #onUnreadable: (error: UnreadableEntryError) => void;

  constructor(redis: RedisClient, options: LedgerOptions = {}) {
    this.prefix = options.prefix ?? DEFAULT_PREFIX;
    this.#redis = redis;
    this.#run = defineLedgerScripts(redis, this.prefix);
    this.#eventsMaxLength = options.eventsMaxLength ?? RETENTION_DEFAULTS.eventsMax;
    const { ageSeconds = RETENTION_DEFAULTS.ageSeconds, count = 0 } = options.retention ?? {};
    this.#ageMs = Math.ceil(ageSeconds * 1000);
    this.#keepCount = count;
    this.#keys = ledgerKeys(this.prefix);
    this.#onUnreadable = options.onUnreadable ?? (() => undefined);
  }

  /**
   * Registers a worker, or renews its lease for `ttlMs`. Without a live lease it gets no claim. `mayRegister` false: only
   * renews the lease, for a worker whose calls may have been taken over.
   */
  async heartbeat(
    workerId: string,
    { ttlMs, mayRegister = true }: { ttlMs: number; mayRegister?: boolean },
  ): Promise<HeartbeatReply> {
    const [wasRegistered, cancels] = await this.#run<[string | null, string[]]>(
      'heartbeat',
      workerId,
      ttlMs,
      mayRegister ? 1 : 0,
    );
    return { wasRegistered: wasRegistered !== null, cancels };
  }

  /**
   * Ends a worker's lease. Returns how many calls it still has on record. With any, it counts as lost from now on, so that
   * another worker takes them over at once.
   */
  retire(workerId: string): Promise<number> {
    return this.#run('retire', workerId);
  }

  /** Tells how a worker is, for `workers()`. */
  async reportStatus(workerId: string, status: WorkerStatus): Promise<void> {
    await this.#redis.set(this.#keys.workerStatus(workerId), JSON.stringify(status), 'EX', STATUS_SECONDS);
  }

  /** Registered workers whose lease has run out. */
  lostWorkers(): Promise<string[]> {
    return this.#run('lostWorkers');
  }

  /** Ids of the calls on a worker's list: those that it holds or has taken over, and has not released yet. */
  callsOf(workerId: string): Promise<string[]> {
    return this.#redis.smembers(this.#keys.workerCalls(workerId));
  }

  /** Every worker that is registered, and how many calls are on its list. */
  async workers(): Promise<WorkerLease[]> {
    const flat = await this.#redis.zrange(this.#keys.workers, '0', '-1', 'WITHSCORES');
    const [seconds] = await this.#redis.time();
    const leases: WorkerLease[] = [];
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const workerId = flat[i] as string;
      const leaseUntil = Number(flat[i + 1]);
      const calls = await this.#redis.scard(this.#keys.workerCalls(workerId));
      const told = await this.#redis.get(this.#keys.workerStatus(workerId));
      const status = told === null ? null : (workerStatusSchema.safeParse(JSON.parse(told)).data ?? null);
      leases.push({ workerId, leaseUntil, isAlive: leaseUntil > Number(seconds) * 1000, calls, status });
    }
    return leases;
  }

  /** The entries of all calls that are on a worker's list; unreadable ones are reported and left out. */
  async active(): Promise<LedgerEntry[]> {
    const workers = await this.#redis.zrange(this.#keys.workers, '0', '-1');
    const ids = new Set((await Promise.all(workers.map((id) => this.callsOf(id)))).flat());
    const entries = await Promise.all(
      [...ids].map((id) =>
        this.get(id).catch((error: unknown) => {
          if (!(error instanceof UnreadableEntryError)) throw error;
          this.#onUnreadable(error);
          return null;
        }),
      ),
    );
    return entries.filter((entry): entry is LedgerEntry => entry !== null && entry.phase !== 'ended');
  }

  /**
   * Moves a lost worker's calls to the taker's list, under new tokens, and returns them. Empty where the worker is alive after
   * all, the taker is not, or others were faster. Several takers share the calls.
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
   * Leaves a call that its holder cannot release to a worker that can. It is listed as a call of the lost worker `heirId`, and
   * taken over from there.
   */
  leave(jobId: string, token: string, heirId: string): Promise<LeaveReply> {
    return this.#step('leave', jobId, token, heirId);
  }

  /** Asks for the right to dial a job. Only the reply `claimed` gives it, once for each job. */
  async claim(request: ClaimRequest): Promise<ClaimReply> {
    const token = request.token ?? randomUUID();
    const [kind, ...rest] = await this.#step<[ClaimReply['kind'], string | null, string | null]>(
      'claim',
      request.jobId,
      request.workerId,
      token,
      JSON.stringify(request.job),
      toJson(request.legs),
      request.job.label ?? '',
      request.lane ?? '',
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

  /** Gives a claim back. Only for a call whose INVITE certainly did not leave: the job may then be claimed again. */
  unclaim(jobId: string, token: string): Promise<UnclaimReply> {
    return this.#step('unclaim', jobId, token);
  }

  /**
   * Asks for the right to dial a further leg of a call: the last of `legs`, which replace those on record, as `legReports` do,
   * where they are given. Only the reply `claimed` gives it.
   */
  claimLeg(
    jobId: string,
    token: string,
    legs: ReadonlyArray<Partial<Whereabouts>>,
    legReports?: readonly LegSoFar[],
  ): Promise<ClaimLegReply> {
    return this.#step('claimLeg', jobId, token, toJson(legs), toJson(legReports));
  }

  /** Records what has become known of a call, and adds its events to the stream. */
  record(
    jobId: string,
    token: string,
    update: Update & { phase?: LivePhase | undefined },
  ): Promise<RecordReply> {
    return this.#step(
      'record',
      jobId,
      token,
      update.phase ?? '',
      toJson(update.legs),
      toJson(update.facts),
      toJson(update.recordings),
      toJson(update.legReports),
      this.#eventsMaxLength,
      ...toEventArguments(update.events),
    );
  }

  /**
   * Records a job's result, for good, and adds it to the outbox. A null token is for a job that is not claimed (invalid,
   * expired, out of attempts). `isOver`: all of the call is released, so it also leaves its worker's list. It is ignored for
   * a result of state ANSWERED, whose call ends by `end`.
   */
  async settle(
    jobId: string,
    token: string | null,
    result: CallResult,
    update: Omit<Update, 'facts' | 'recordings' | 'legReports'> & { isOver?: boolean } = {},
  ): Promise<SettleReply> {
    const isUp = result.state === 'ANSWERED';
    const [kind, value] = await this.#step<[SettleReply['kind'], string | undefined]>(
      'settle',
      jobId,
      token ?? '',
      JSON.stringify(result),
      isUp ? 'answered' : 'ended',
      toJson(update.legs),
      update.isOver === true && !isUp ? 1 : 0,
      this.#ageMs,
      result.label ?? '',
      result.state,
      indexFacts(result),
      this.#eventsMaxLength,
      ...toEventArguments(update.events, result),
    );
    if (kind === 'already') return { kind, result: parseRecord(jobId, value) };
    if (kind === 'held') return { kind, workerId: value ?? '' };
    return { kind };
  }

  /**
   * Records that an answered call has ended, and adds its ended record to the outbox. `isOver` (default true): all of the call
   * is released, so it leaves its worker's list. Otherwise `release` has to follow.
   */
  async end(
    jobId: string,
    token: string,
    ended: EndedRecord,
    update: Pick<Update, 'events'> & { isOver?: boolean } = {},
  ): Promise<EndReply> {
    const [kind, value] = await this.#step<[EndReply['kind'], string | undefined]>(
      'end',
      jobId,
      token,
      JSON.stringify(ended),
      update.isOver === false ? 0 : 1,
      this.#ageMs,
      this.#eventsMaxLength,
      ...toEventArguments(update.events, ended),
    );
    return kind === 'already' ? { kind, ended: parseRecord(jobId, value) } : { kind };
  }

  /** Takes a settled call that is released off its worker's list. */
  release(jobId: string, token: string): Promise<ReleaseReply> {
    return this.#step('release', jobId, token, this.#ageMs);
  }

  /**
   * Cancels a job in whatever phase it is. Records `ifWaiting` as the result of one that is not claimed. Otherwise tells the
   * worker that holds the call, by publish/subscribe and with its next heartbeats.
   */
  async requestCancel(
    jobId: string,
    ifWaiting: CallResult,
    update: Pick<Update, 'events'> = {},
  ): Promise<CancelReply> {
    const [phase, ...rest] = await this.#step<[CancelReply['phase'], string | null, string | null]>(
      'requestCancel',
      jobId,
      JSON.stringify(ifWaiting),
      this.#eventsMaxLength,
      cancelsChannel(this.prefix, ''),
      this.#ageMs,
      ifWaiting.label ?? '',
      ifWaiting.state,
      indexFacts(ifWaiting),
      ...toEventArguments(update.events, ifWaiting),
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

  /** Takes outcomes out of the outbox, once their queues have them; any number in one round trip. */
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
   * Removes what is past its retention while nothing new comes: old events, and the index of expired entries. Workers call it
   * periodically.
   */
  async trim(): Promise<void> {
    await this.#run('trim', this.#ageMs, this.#keepCount);
  }

  /**
   * Whether the entry of a job that was queued at `queuedAt` (epoch milliseconds) may be past its retention. Then a missing
   * entry does not mean that the job was never dialled.
   */
  async mayHaveForgotten(queuedAt: number): Promise<boolean> {
    if (Date.now() - queuedAt > this.#ageMs) return true;
    const forgottenUpTo = await this.#redis.hget(this.#keys.moments, 'forgottenUpTo');
    return forgottenUpTo !== null && queuedAt <= Number(forgottenUpTo);
  }

  /** The entry of a job; null: it was never claimed nor settled, or is past its retention. */
  async get(jobId: string): Promise<LedgerEntry | null> {
    const hash = await this.#redis.hgetall(this.#keys.call(jobId)).catch((error: unknown) => {
      throw toRejection(jobId, error);
    });
    return toEntry(jobId, hash);
  }

  /** Runs a script about one job. */
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
