import { DEFAULT_PREFIX, OutdialError } from '@outdial/contract';
import { closeConnection } from './close-connection.js';
import { openRedis, type RedisAddress } from './open-redis.js';
import { Cluster, isRedisClient, type RedisClient } from './redis-client.js';

/** Where Redis is, or a connection of the app's own, which the app closes. */
export type RedisSource = RedisAddress | RedisClient;

export interface RedisAccessOptions {
  redis: RedisSource;
  /** The start of every key in Redis (default `{outdial}`); the same as the workers'. */
  prefix?: string;
  /** Milliseconds that one request may take, connecting included (default 5000). */
  timeoutMs?: number;
  /** Called with connection errors. Requests that fail because of them reject as well. */
  onError?: (error: Error) => void;
}

/**
 * How an app reaches Redis, and how long it tries. The connection opens with the first request. Blocking readers get
 * connections of their own.
 */
export class RedisAccess {
  readonly #source: RedisSource;
  readonly #timeoutMs: number;
  readonly prefix: string;
  readonly onError: (error: Error) => void;
  #client: RedisClient | null = null;
  #connecting: Promise<void> | null = null;

  constructor({
    redis,
    prefix = DEFAULT_PREFIX,
    timeoutMs = 5000,
    onError = () => undefined,
  }: RedisAccessOptions) {
    this.#source = redis;
    this.prefix = prefix;
    this.#timeoutMs = timeoutMs;
    this.onError = onError;
  }

  /** The connection of short requests; opened with the first. */
  get client(): RedisClient {
    this.#client ??= isRedisClient(this.#source)
      ? this.#source
      : this.#listen(openRedis(this.#source, { commandTimeout: this.#timeoutMs, maxRetriesPerRequest: 1 }));
    return this.#client;
  }

  /** A new connection for a reader that blocks. It waits for a Redis that is away without a limit. The caller closes it. */
  openBlocking(): RedisClient {
    const source = this.#source;
    if (!isRedisClient(source)) return this.#listen(openRedis(source, { maxRetriesPerRequest: null }));
    const patient = { maxRetriesPerRequest: null, commandTimeout: undefined };
    if (!(source instanceof Cluster)) return this.#listen(source.duplicate(patient));
    const { replyMapping: _, ...own } = source.options.redisOptions ?? {};
    return this.#listen(source.duplicate(undefined, { redisOptions: { ...own, ...patient } }));
  }

  /**
   * Runs a request, for at most the time that it has. Rejects with `QUEUE_UNAVAILABLE` when Redis cannot be
   * reached, refuses, or does not answer in time; in the last case the request may still have been carried
   * out, so what is repeated should be repeatable.
   */
  async request<T>(what: string, work: (client: RedisClient) => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${this.#timeoutMs} ms`)), this.#timeoutMs);
    });
    try {
      return await Promise.race([this.#ready().then(() => work(this.client)), tooLate]);
    } catch (error) {
      // A TypeError is a bug of this program.
      if (error instanceof OutdialError || error instanceof TypeError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new OutdialError(
        'QUEUE_UNAVAILABLE',
        `${what} failed: Redis does not answer as it should (${reason})`,
        {
          cause: error,
          retryable: true,
        },
      );
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes what it opened. */
  async close(): Promise<void> {
    if (this.#client === null || isRedisClient(this.#source)) return;
    closeConnection(this.#client);
  }

  /** Resolves once the connection takes requests. It waits outside any queue, so nothing piles up meanwhile. */
  #ready(): Promise<void> {
    if (this.client.status === 'ready') return Promise.resolve();
    // Requests that wait share one set of listeners.
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #connect(): Promise<void> {
    const { client } = this;
    if (client.status === 'end') throw new Error('the connection is closed');
    // It also rejects when connecting fails at first, while ioredis goes on trying: `ready` tells.
    if (client.status === 'wait') client.connect().catch(() => undefined);
    await new Promise<void>((resolve, reject) => {
      const settle = (done: () => void) => () => {
        client.off('ready', onReady);
        client.off('end', onEnd);
        clearTimeout(timer);
        done();
      };
      const onReady = settle(resolve);
      const onEnd = settle(() => reject(new Error('the connection is closed')));
      const timer = setTimeout(
        settle(() => reject(new Error('it cannot be reached'))),
        this.#timeoutMs,
      );
      client.on('ready', onReady);
      client.on('end', onEnd);
    });
  }

  /** Without a listener, ioredis prints connection errors. */
  #listen<T extends RedisClient>(client: T): T {
    client.on('error', this.onError);
    return client;
  }
}
