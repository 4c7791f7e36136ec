import type { RedisAccess } from '@outdial/queue';

/** Redis' reply to one command. An error is a reply as well: a key may hold anything. */
type Reply = { value: unknown } | { error: Error };

/** The answer to one command of a snapshot; filled by `take`. */
export class Answer {
  #reply: Reply | null = null;

  fill(reply: Reply): void {
    this.#reply = reply;
  }

  /** Whether the key is of another type than the command is for. */
  get isWrongType(): boolean {
    return this.#reply !== null && 'error' in this.#reply;
  }

  text(): string | null {
    const value = this.#value();
    return typeof value === 'string' ? value : null;
  }

  number(): number | null {
    const value = this.#value();
    if (value === null || value === undefined || value === '') return null;
    return Number.isFinite(Number(value)) ? Number(value) : null;
  }

  texts(): Array<string | null> {
    const value = this.#value();
    return Array.isArray(value) ? value : [];
  }

  /** A reply of alternating names and values: a hash, or members with their scores. */
  pairs(): Array<[name: string, value: string]> {
    const value = this.#value();
    // ioredis makes an object of a hash.
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
    const flat = this.texts();
    const pairs: Array<[string, string]> = [];
    for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i] ?? '', flat[i + 1] ?? '']);
    return pairs;
  }

  scores(): Map<string, number> {
    return new Map(this.pairs().map(([member, score]) => [member, Number(score)]));
  }

  #value(): unknown {
    return this.#reply !== null && 'value' in this.#reply ? this.#reply.value : null;
  }
}

/**
 * Commands that Redis runs in one transaction, so that what they read from several keys belongs to one moment. Only for
 * commands that read, so that a replica runs them as well.
 */
export class Snapshot {
  readonly #commands: Array<{ command: ReadCommand; args: ReadonlyArray<string | number>; answer: Answer }> =
    [];

  ask(command: ReadCommand, ...args: ReadonlyArray<string | number>): Answer {
    const answer = new Answer();
    this.#commands.push({ command, args, answer });
    return answer;
  }

  /** Rejects with `QUEUE_UNAVAILABLE`. */
  async take(access: RedisAccess): Promise<void> {
    if (this.#commands.length === 0) return;
    const replies = await access.request('audit', async (client) => {
      const transaction = client.multi();
      for (const { command, args } of this.#commands) transaction.call(command, ...args);
      return transaction.exec();
    });
    for (const [index, { answer }] of this.#commands.entries()) {
      const [error, value] = replies?.[index] ?? [new Error('no answer'), null];
      answer.fill(error === null ? { value } : { error });
    }
  }
}

type ReadCommand =
  | 'exists'
  | 'hexists'
  | 'hgetall'
  | 'hmget'
  | 'pttl'
  | 'sismember'
  | 'time'
  | 'zcard'
  | 'zrange'
  | 'zscore';

/** The reply to a command, or `otherwise` where the key is of another type than the command is for. */
export async function unlessWrongType<T>(reply: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return otherwise;
    throw error;
  }
}
