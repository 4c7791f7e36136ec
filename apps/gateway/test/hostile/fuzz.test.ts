import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { describedBy, type Operation } from '../openapi/description.js';
import { useGateway } from '../support.js';
import { Generator, randomOf } from './generate.js';

const gateways = useGateway();

/** A longer run: `OUTDIAL_FUZZ_REQUESTS=100000 OUTDIAL_FUZZ_SEED=2 npx vitest run apps/gateway/test/hostile/fuzz.test.ts` */
const REQUESTS = Number(process.env.OUTDIAL_FUZZ_REQUESTS ?? 1200);
const SEED = Number(process.env.OUTDIAL_FUZZ_SEED ?? 1);
const AT_ONCE = 16;
const HEAP_GROWTH_MAX = 64 * 1024 * 1024;

interface Fuzzed {
  what: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
  operation: Operation;
}

it(`answers ${REQUESTS} requests that were made from its own description, and spoilt, without a failure of its own`, {
  timeout: 60_000 + REQUESTS * 20,
}, async () => {
  const failures: Array<Record<string, unknown>> = [];
  const gateway = await gateways.start({ bodyBytesMax: 65_536 }, (line) => {
    if (Number(line.level) >= 50) failures.push(line);
  });
  const { description, operations } = await describedBy(gateway, gateways);
  await gateways.queue().addBulk(['one', 'two'].map((id) => ({ id, callTo: 'sip:a@b', label: 'spring' })));
  const random = randomOf(SEED);
  const key = await gateways.keyFor(gateway);
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  gateways.onEnd(async () => agent.destroy());
  const statuses = new Map<string, Set<number>>();

  const one = async (n: number) => {
    const at = operations[n % operations.length] as (typeof operations)[number];
    const fuzzed = make(at, new Generator(random, description.components.schemas, n % 2 ? 0.02 : 0.2));
    const { status, headers, text } = await send(gateway.port, fuzzed, { agent, key });
    const { operationId } = at.operation;
    statuses.set(operationId, (statuses.get(operationId) ?? new Set()).add(status));
    const seen = `seed ${SEED}, request ${n}: ${fuzzed.what} -> ${status} ${text.slice(0, 500)}`;
    expect(status, seen).toBeLessThan(500);
    if (status < 400) return;
    // Node itself answers what is no HTTP.
    if (headers['content-type'] === undefined) return expect([400, 431], seen).toContain(status);
    if (operationId === 'hangUpCall' && status === 404) return;
    expect(headers['content-type'], seen).toMatch(/^application\/problem\+json/);
    expect(text, seen).not.toContain(key);
    // A path may have become that of another operation, or of none.
    if (!fuzzed.what.includes('%') && !fuzzed.what.includes('..'))
      expect([...Object.keys(at.operation.responses), '404', '400'], seen).toContain(String(status));
  };

  const run = async (count: number, from: number) => {
    for (let begun = 0; begun < count; begun += AT_ONCE)
      await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, count - begun) }, (_, n) => one(from + begun + n)),
      );
  };
  const warmUp = Math.min(REQUESTS / 2, 5000);
  await run(warmUp, 0);
  const before = heapUsed();
  await run(REQUESTS - warmUp, warmUp);
  expect(heapUsed() - before).toBeLessThan(HEAP_GROWTH_MAX);
  expect(failures).toEqual([]);
  // Some get through: otherwise nothing but the validation would have been tried.
  const succeeded = [...statuses].filter(([, seen]) => [...seen].some((status) => status < 300));
  expect(succeeded.length).toBeGreaterThan(operations.length / 2);
  expect((await gateways.ask(gateway, '/readyz', { key: null })).status).toBe(200);
});

function make(
  { path, method, operation }: { path: string; method: string; operation: Operation },
  generator: Generator,
): Fuzzed {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const encode = (value: unknown) =>
    generator.chance(0.02) ? text(value).replaceAll(/[^!-~]/g, '') : percentEncode(text(value));
  const valueFor = (name: string) =>
    generator.value(operation.parameters.find((one) => one.name === name)?.schema ?? {});
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(valueFor(name)).slice(0, 9000));
  const query = operation.parameters
    .filter((parameter) => parameter.in === 'query' && generator.chance(0.4))
    .map(({ name }) => `${name}=${encode(valueFor(name)).slice(0, 9000)}`);
  if (generator.chance(0.05)) query.push(`${percentEncode(text(generator.hostile)).slice(0, 9000)}=x`);
  const url = query.length === 0 ? filled : `${filled}?${query.join('&')}`;
  const types = Object.entries(operation.requestBody?.content ?? {});
  if (types.length === 0)
    return { what: `${method} ${url}`, method, url, headers: {}, body: undefined, operation };
  const [type, { schema }] = generator.pick(types);
  const whole = text(generator.value(schema)) ?? '';
  const body = generator.chance(0.03) ? whole.slice(0, Math.floor(whole.length / 2)) : whole;
  const sentType = generator.chance(0.03) ? 'application/octet-stream' : type;
  const what = `${method} ${url} ${sentType} ${body.slice(0, 1000)}`;
  return { what, method, url, headers: { 'content-type': sentType }, body, operation };
}

/** As `encodeURIComponent`, also of what that throws at. */
function percentEncode(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) =>
      /[\w.~-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}

function send(
  port: number,
  { method, url, headers, body }: Fuzzed,
  { agent, key }: { agent: Agent; key: string },
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      ...{ host: '127.0.0.1', port, method, path: url, agent },
      headers: { ...headers, authorization: `Bearer ${key}` },
    };
    const asked = request(options, (response) => {
      const { statusCode: status = 0 } = response;
      const done = (text: string) => resolve({ status, headers: response.headers, text });
      // A stream of events does not end.
      if (response.headers['content-type'] === 'text/event-stream') {
        done('');
        return void asked.destroy();
      }
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => done(text));
      response.once('error', reject);
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
