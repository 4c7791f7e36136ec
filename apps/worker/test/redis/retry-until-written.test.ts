import { OutdialError } from '@outdial/contract';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRetryable } from '../../src/redis/is-retryable.js';
import { retryUntilWritten } from '../../src/redis/retry-until-written.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.close());

const logger = pino({ level: 'silent' });
const options = (signal = new AbortController().signal) => ({ logger, signal });

/** Fails with the errors in their order, then succeeds. */
function failing(...errors: unknown[]) {
  let attempts = 0;
  const step = async () => {
    const error = errors[attempts++];
    if (error !== undefined) throw error;
    return 'written';
  };
  return { step, attempts: () => attempts };
}

describe('a step against Redis', () => {
  it('is repeated until Redis takes it', async () => {
    const { step, attempts } = failing(new Error('OOM command not allowed'), new Error('LOADING'));
    expect(await retryUntilWritten('test', step, options())).toBe('written');
    expect(attempts()).toBe(3);
  });

  it('is not repeated once its connection was closed', async () => {
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    await redis.ping();
    redis.disconnect();
    let attempts = 0;
    const step = () => {
      attempts += 1;
      return redis.ping();
    };
    await expect(retryUntilWritten('test', step, options())).rejects.toThrow('Connection is closed.');
    expect(attempts).toBe(1);
  });

  it('is not repeated after the signal has aborted, not even while it pauses', async () => {
    const aborting = new AbortController();
    const failure = new Error('READONLY');
    const step = async () => {
      queueMicrotask(() => aborting.abort());
      throw failure;
    };
    await expect(retryUntilWritten('test', step, options(aborting.signal))).rejects.toBe(failure);
    const { step: second, attempts } = failing(failure);
    await expect(retryUntilWritten('test', second, options(aborting.signal))).rejects.toBe(failure);
    expect(attempts()).toBe(1);
  });
});

describe('whether a failure is retryable', () => {
  it.each<[string, unknown, boolean]>([
    ['an error of ours that says so', new OutdialError('NO_TRUNK', 'full', { retryable: true }), true],
    ['an error of ours that does not', new OutdialError('INVALID_JOB', 'broken'), false],
    ['a bug', new TypeError('x is not a function'), false],
    ['a record that cannot be read', new SyntaxError('Unexpected token'), false],
    ['a key that holds something else', new Error('WRONGTYPE Operation against a key'), false],
    ['a closed connection', new Error('Connection is closed.'), false],
    ['a Redis that is full', new Error('OOM command not allowed when used memory'), true],
    ['a replica', new Error("READONLY You can't write against a read only replica."), true],
    ['a lost connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), true],
  ])('is decided for %s', (_, error, expected) => {
    expect(isRetryable(error)).toBe(expected);
  });
});
