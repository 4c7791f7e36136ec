import { CallQueue } from '@outdial/client';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type GatewayConfigurationInput, parseGatewayConfiguration } from '../src/config/configuration.js';
import { type OutdialGateway, startGateway } from '../src/gateway.js';
import type { NewApiKey } from '../src/keys/api-key.js';

export interface Answer {
  status: number;
  headers: Headers;
  /** What was answered, parsed where it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any;
}

export interface Asked {
  method?: string;
  /** Sent as JSON, unless it is a text. */
  body?: unknown;
  headers?: Record<string, string>;
  /** The key to send; null: none. Default: one of scope admin. */
  key?: string | null;
}

/** Gateways on a real Redis, which has no keys when a test begins; what a test starts ends with it. */
export function useGateway() {
  let server: RedisServer;
  let redis: Redis;
  const closing: Array<() => Promise<unknown>> = [];
  let adminKey: string | null = null;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.close();
  });
  beforeEach(async () => {
    await redis.flushall();
    adminKey = null;
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const start = async (
    section: GatewayConfigurationInput['gateway'] = {},
    log: (line: Record<string, unknown>) => void = () => undefined,
  ): Promise<OutdialGateway> => {
    const gateway = await startGateway(
      parseGatewayConfiguration({
        redis: { url: server.url },
        gateway: { port: 0, drainSeconds: 1, ...section },
      }),
      { logger: pino({ level: 'debug' }, { write: (line: string) => log(JSON.parse(line)) }) },
    );
    closing.push(() => gateway.close());
    return gateway;
  };
  const keyFor = async (gateway: OutdialGateway, changes: Partial<NewApiKey> = {}): Promise<string> => {
    const { text } = await gateway.keys.create({ name: 'test', scopes: ['admin'], ...changes });
    return text;
  };
  return {
    get redis() {
      return redis;
    },
    get server() {
      return server;
    },
    start,
    keyFor,
    /** A queue beside the gateway, as a Node program has it. */
    queue(): CallQueue {
      const queue = new CallQueue({ redis: server.url });
      closing.push(() => queue.close());
      return queue;
    },
    /** Adds an event to the stream, as a worker does, and answers its id. */
    async happens(jobId: string, more: Record<string, unknown> = {}): Promise<string> {
      const event = {
        ...{ jobId, callId: null, workerId: 'w', lane: 'default', label: null, at: Date.now() },
        ...{ type: 'calling', callTo: 'sip:a@b' },
        ...more,
      };
      const fields = ['jobId', jobId, 'event', JSON.stringify(event)];
      return (await redis.xadd('{outdial}:events', '*', ...fields)) as string;
    },
    onEnd: (close: () => Promise<unknown>) => void closing.push(close),
    async ask(
      gateway: OutdialGateway,
      path: string,
      { method, body, headers = {}, key }: Asked = {},
    ): Promise<Answer> {
      if (key === undefined) adminKey ??= await keyFor(gateway);
      const sent = key === undefined ? adminKey : key;
      const isText = typeof body === 'string' || body instanceof ReadableStream;
      const response = await fetch(`${gateway.url}${path}`, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          ...(sent !== null && { authorization: `Bearer ${sent}` }),
          ...(body !== undefined && !isText && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: isText ? body : JSON.stringify(body), duplex: 'half' }),
      } as RequestInit);
      const text = await response.text();
      const isJson =
        /json/.test(response.headers.get('content-type') ?? '') &&
        !/ndjson/.test(response.headers.get('content-type') ?? '');
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    },
  };
}
