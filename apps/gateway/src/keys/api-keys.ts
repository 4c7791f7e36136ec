import { describeIssues, gatewayKeys, OutdialError, plainWords, toFieldIssues } from '@outdial/contract';
import { defineScripts, type RedisAccess, type RunScript, readScripts } from '@outdial/queue';
import {
  type ApiKey,
  apiKeySchema,
  digestOfKey,
  idOfKey,
  type NewApiKey,
  newApiKeySchema,
  newKeyText,
} from './api-key.js';

const SCRIPTS = readScripts(new URL('./lua/', import.meta.url), { files: { useKey: 'use-key' } });

/** Refused because of its rate. */
export class RateLimitedError extends OutdialError {
  /** Seconds after which the key may be used again. */
  readonly retryAfterSeconds: number;

  constructor(waitMs: number) {
    super('RATE_LIMITED', 'the API key made more requests a second than it may', { retryable: true });
    this.retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  }
}

/** The API keys, in Redis. A key that is revoked is refused from the next request on, by every gateway. */
export class ApiKeys {
  readonly #access: RedisAccess;
  readonly #names: ReturnType<typeof gatewayKeys>;
  #run: RunScript<'useKey'> | null = null;

  /** The access is shared; it is not closed here. */
  constructor(access: RedisAccess) {
    this.#access = access;
    this.#names = gatewayKeys(access.prefix);
  }

  /** Creates a key. Its text is told here and never again. Throws `INVALID_REQUEST`. */
  async create(input: NewApiKey): Promise<{ key: ApiKey; text: string }> {
    const parsed = newApiKeySchema.safeParse(input, { error: plainWords });
    if (!parsed.success) {
      const issues = toFieldIssues(parsed.error, input);
      throw new OutdialError('INVALID_REQUEST', describeIssues(issues), { issues });
    }
    const text = newKeyText();
    const key: ApiKey = { id: idOfKey(text) as string, ...parsed.data, createdAt: Date.now() };
    const record = JSON.stringify({ ...key, digest: digestOfKey(text) });
    await this.#access.request('create a key', (client) => client.hset(this.#names.apiKeys, key.id, record));
    return { key, text };
  }

  /** Every key, the oldest first. */
  async list(): Promise<ApiKey[]> {
    const records = await this.#access.request('list keys', (client) => client.hvals(this.#names.apiKeys));
    return records.map(toKey).sort((a, b) => a.createdAt - b.createdAt);
  }

  /** Revokes a key by its id. Throws `NOT_FOUND`. */
  async revoke(id: string): Promise<ApiKey> {
    const revoked = await this.#access.request('revoke a key', async (client) => {
      const record = await client.hget(this.#names.apiKeys, id);
      const isRevoked = (await client.hdel(this.#names.apiKeys, id)) === 1;
      await client.hdel(this.#names.apiKeyRates, id);
      return isRevoked ? record : null;
    });
    if (revoked === null) throw new OutdialError('NOT_FOUND', `there is no API key ${id}`);
    return toKey(revoked);
  }

  /** Makes a request with a key's text. Throws `UNAUTHORIZED`, or `RATE_LIMITED` (`RateLimitedError`). */
  async use(text: string): Promise<ApiKey> {
    const id = idOfKey(text);
    if (id === null) throw unknownKey();
    return this.useDigest(id, digestOfKey(text));
  }

  /** The same with a key's id and the digest of its text, for those who must not keep the text. */
  async useDigest(id: string, digest: string): Promise<ApiKey> {
    const [kind, value] = await this.#access.request('check the key', () =>
      this.#scripts()<['ok' | 'unknown' | 'limited', string?]>('useKey', id, digest),
    );
    if (kind === 'limited') throw new RateLimitedError(Number(value));
    if (kind === 'unknown' || value === undefined) throw unknownKey();
    return toKey(value);
  }

  #scripts(): RunScript<'useKey'> {
    this.#run ??= defineScripts(this.#access.client, {
      namespace: 'outdial-keys',
      scripts: SCRIPTS,
      keys: [this.#names.apiKeys, this.#names.apiKeyRates],
    });
    return this.#run;
  }
}

function unknownKey(): OutdialError {
  return new OutdialError('UNAUTHORIZED', 'this API key is unknown or revoked');
}

function toKey(record: string): ApiKey {
  return apiKeySchema.parse(JSON.parse(record));
}
