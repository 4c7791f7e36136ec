import { QUEUE_KEYS } from '@outdial/contract';
import type { ChainableCommander } from 'ioredis';
import type { RedisClient } from '../redis/redis-client.js';
import { brokenFields, RECORD_FIELDS } from './job-record.js';

/**
 * BullMQ's records of a lane's jobs, for what BullMQ's own scripts cannot do with a record that was written by hand.
 * Ids are bytes: in Redis they need not be UTF-8.
 */
export class LaneRecords {
  readonly #redis: RedisClient;
  readonly #toKey: (name: string) => string;

  constructor(redis: RedisClient, toKey: (name: string) => string) {
    this.#redis = redis;
    this.#toKey = toKey;
  }

  /** Jobs whose lock a BullMQ worker holds, except those that its processor has. */
  async takenBy(workerId: string, handedOver: ReadonlySet<string>): Promise<Buffer[]> {
    const ids = await this.#redis.lrangeBuffer(this.#toKey('active'), 0, -1);
    const candidates = ids.filter((id) => !handedOver.has(id.toString()));
    if (candidates.length === 0) return [];
    const tokens = await this.#redis.mget(candidates.map((id) => this.#key(id, ':lock')));
    return candidates.filter((_, index) => tokens[index]?.startsWith(`${workerId}:`));
  }

  /** The type of the key at which the job's record belongs; `none` when there is no key. */
  typeOf(id: Buffer): Promise<string> {
    return this.#redis.type(this.#key(id));
  }

  /** Removes from a job's record what BullMQ fails over, and puts the job back. Returns false when nothing was wrong. */
  async putBack(id: Buffer): Promise<boolean> {
    const broken = brokenFields(await this.#redis.hgetall(this.#key(id)));
    if (broken.length === 0) return false;
    await this.#leaving(id)
      .hdel(this.#key(id), ...broken)
      .rpush(this.#toKey('wait'), id)
      .zadd(this.#toKey('marker'), 0, '0')
      .exec();
    return true;
  }

  /** Removes a job from the active ones, for good. */
  async drop(id: Buffer): Promise<void> {
    await this.#leaving(id).exec();
  }

  /** Completes a job in BullMQ's place. */
  async finish(id: Buffer): Promise<void> {
    await this.drop(id);
    if ((await this.typeOf(id)) !== 'hash') return;
    const now = Date.now();
    const broken = brokenFields(await this.#redis.hgetall(this.#key(id)));
    await this.#redis
      .multi()
      .hdel(this.#key(id), 'progress', ...broken)
      .hset(this.#key(id), 'finishedOn', now)
      .del(this.#key(id, ':dependencies'), this.#key(id, ':unsuccessful'))
      .zadd(this.#toKey('completed'), 'NX', now, id)
      .exec();
  }

  /** Undoes what jobs have written whose ids are the names of the queue's own keys: it would break the lane. */
  async clearQueueKeys(handedOver: ReadonlySet<string>): Promise<void> {
    const names = [...QUEUE_KEYS].filter((name) => !handedOver.has(name));
    await Promise.all(names.map((name) => this.#clearQueueKey(name)));
  }

  async #clearQueueKey(name: string): Promise<void> {
    const key = this.#toKey(name);
    if ((await this.#redis.type(key)) !== 'hash') return;
    // The one key of the queue that is a hash.
    if (name === 'meta') await this.#redis.hdel(key, ...RECORD_FIELDS);
    else await this.#redis.unlink(key);
  }

  /** A transaction, to be added to, in which a job leaves the active ones. */
  #leaving(id: Buffer): ChainableCommander {
    return this.#redis
      .multi()
      .lrem(this.#toKey('active'), 0, id)
      .srem(this.#toKey('stalled'), id)
      .del(this.#key(id, ':lock'));
  }

  #key(id: Buffer, suffix = ''): Buffer {
    return Buffer.concat([Buffer.from(this.#toKey('')), id, Buffer.from(suffix)]);
  }
}
