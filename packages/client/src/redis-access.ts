import { DEFAULT_PREFIX, OutdialError } from '@outdial/contract';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** Where Redis is: a URL, ioredis options, or a connection of the app's own (which stays the app's to close). */
export type RedisSource = string | RedisOptions | Redis | Cluster;

export interface RedisAccessOptions {
  redis: RedisSource;
  /** Of every key in Redis (default `{outdial}`); the workers' must be the same. */
  prefix?: string;
  /** Milliseconds that one request may take, connecting included (default 5000). */
  timeoutMs?: number;
  /** Hears of connection errors; requests that they break reject anyway. */
  onError?: (error: Error) => void;
}

/**
 * One place that knows how to reach Redis, and for how long to try. A connection opens with the first
 * request, and blocking readers get connections of their own.
 */
export class RedisAccess {
  readonly #source: RedisSource;
  readonly #timeoutMs: number;
  readonly prefix: string;
  readonly onError: (error: Error) => void;
  #client: Redis | Cluster | null = null;
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

  /** The connection of short requests; opened where it is not. */
  get client(): Redis | Cluster {
    this.#client ??= isInstance(this.#source)
      ? this.#source
      : this.#listen(open(this.#source, { commandTimeout: this.#timeoutMs, maxRetriesPerRequest: 1 }));
    return this.#client;
  }

  /** A new connection for a reader that blocks: it waits for Redis as long as it takes. The caller closes it. */
  openBlocking(): Redis | Cluster {
    const patient = { maxRetriesPerRequest: null, commandTimeout: undefined };
    if (!isInstance(this.#source)) return this.#listen(open(this.#source, patient));
    if (this.#source instanceof Cluster)
      return this.#listen(this.#source.duplicate(undefined, { redisOptions: patient }));
    return this.#listen(this.#source.duplicate(patient));
  }

  /**
   * Runs a request, for at most the time that it has. Rejects with `QUEUE_UNAVAILABLE` when Redis cannot be
   * reached, refuses, or does not answer in time; in the last case the request may still have been carried
   * out, so what is repeated should be repeatable.
   */
  async request<T>(what: string, work: (client: Redis | Cluster) => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${this.#timeoutMs} ms`)), this.#timeoutMs);
    });
    try {
      return await Promise.race([this.#ready().then(() => work(this.client)), tooLate]);
    } catch (error) {
      // A TypeError is a bug, and is not Redis' fault.
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
    if (this.#client === null || isInstance(this.#source)) return;
    this.#client.disconnect();
  }

  /** Resolves once the connection takes requests. It waits outside any queue, so nothing piles up meanwhile. */
  #ready(): Promise<void> {
    if (this.client.status === 'ready') return Promise.resolve();
    // However many requests wait, the connection is listened to once.
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
  #listen<T extends Redis | Cluster>(client: T): T {
    client.on('error', this.onError);
    return client;
  }
}

function isInstance(source: RedisSource): source is Redis | Cluster {
  return source instanceof Redis || source instanceof Cluster;
}

function open(
  source: string | RedisOptions,
  options: Pick<RedisOptions, 'commandTimeout' | 'maxRetriesPerRequest'>,
): Redis {
  const all = { lazyConnect: true, ...options };
  if (typeof source === 'string') return new Redis(source, all);
  const { replyMapping: _, ...rest } = source;
  return new Redis({ ...rest, ...all });
}
