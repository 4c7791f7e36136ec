import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { useGateway } from '../support.js';

const gateways = useGateway();
const folder = mkdtempSync(join(tmpdir(), 'outdial-recordings-'));
const directory = join(folder, 'recordings');
mkdirSync(directory);
writeFileSync(join(folder, 'secret.wav'), 'not to be told');
writeFileSync(join(directory, 'one-message.wav'), 'RIFF of the message');
writeFileSync(join(directory, 'one-message-2.wav'), 'the second');
writeFileSync(join(directory, 'two-message.wav'), 'of another call');
afterAll(() => rmSync(folder, { recursive: true }));

/** A call that has ended, with recordings at these paths on its worker's host. */
async function recorded(id: string, paths: readonly string[], lane = 'default') {
  const queue = gateways.queue();
  await queue.add({ id, callTo: 'sip:a@b', lane });
  await queue.cancel(id);
  const recordings = paths.map((path) => ({
    name: 'message',
    path,
    durationMs: 1,
    isComplete: true,
    error: null,
  }));
  await gateways.redis.hset(`{outdial}:ledger:call:${id}`, 'ended', JSON.stringify({ recordings }));
}

describe('GET /v1/recordings/ID/NAME', () => {
  it('downloads what was recorded of a call, whole or in part', async () => {
    const gateway = await gateways.start({ recordings: { directory } });
    await recorded('one', ['/worker/disk/one-message.wav', '/worker/disk/one-message-2.wav']);
    const get = (headers: Record<string, string> = {}, name = 'message') =>
      gateways.ask(gateway, `/v1/recordings/one/${name}`, { headers });
    const whole = await get();
    expect(whole).toMatchObject({ status: 200, body: 'RIFF of the message' });
    expect(whole.headers.get('content-type')).toBe('audio/wav');
    expect(whole.headers.get('accept-ranges')).toBe('bytes');
    expect(whole.headers.get('cache-control')).toBe('no-store');
    expect(await get({}, 'message-2')).toMatchObject({ status: 200, body: 'the second' });
    const part = await get({ range: 'bytes=5-6' });
    expect(part).toMatchObject({ status: 206, body: 'of' });
    expect(part.headers.get('content-range')).toBe('bytes 5-6/19');
    expect(await get({ range: 'bytes=-7' })).toMatchObject({ status: 206, body: 'message' });
    const beyond = await get({ range: 'bytes=100-' });
    expect(beyond).toMatchObject({ status: 416, body: { code: 'RANGE_INVALID' } });
    expect(beyond.headers.get('content-range')).toBe('bytes */19');
  });

  it('has none of a call that there is not, of another lane, or whose file has not arrived', async () => {
    const gateway = await gateways.start({ recordings: { directory } });
    await recorded('one', ['/worker/one-message.wav'], 'mine');
    await recorded('three', ['/worker/three-message.wav']);
    const get = async (path: string, key?: string) => {
      const { status, body } = await gateways.ask(gateway, path, key === undefined ? {} : { key });
      return [status, body.code];
    };
    const ours = await gateways.keyFor(gateway, { scopes: ['calls:read'], lanes: ['mine'] });
    const theirs = await gateways.keyFor(gateway, { scopes: ['calls:read'], lanes: ['theirs'] });
    const writer = await gateways.keyFor(gateway, { scopes: ['calls:write'] });
    expect((await get('/v1/recordings/one/message', ours))[0]).toBe(200);
    expect(await get('/v1/recordings/one/message', theirs)).toEqual([404, 'JOB_NOT_FOUND']);
    expect(await get('/v1/recordings/one/message', writer)).toEqual([403, 'FORBIDDEN']);
    expect(await get('/v1/recordings/none/message')).toEqual([404, 'JOB_NOT_FOUND']);
    expect(await get('/v1/recordings/three/message')).toEqual([404, 'NOT_FOUND']);
    expect(await get('/v1/recordings/one/other')).toEqual([404, 'NOT_FOUND']);
    const without = await gateways.start();
    const { status } = await gateways.ask(without, '/v1/recordings/one/message', { key: ours });
    expect(status).toBe(404);
  });

  it.each([
    '/v1/recordings/one/..%2f..%2fsecret',
    '/v1/recordings/one/%2e%2e%2fsecret',
    '/v1/recordings/..%2f/secret',
    '/v1/recordings/one/../../secret.wav',
    '/v1/recordings/one/message%00',
    '/v1/recordings/one/..%5c..%5csecret',
    '/v1/recordings/one/%252e%252e%252fsecret',
    '//v1/recordings/one/%2fetc%2fpasswd',
  ])('refuses %s', async (path) => {
    const gateway = await gateways.start({ recordings: { directory } });
    await recorded('one', ['/worker/one-message.wav']);
    const key = await gateways.keyFor(gateway);
    // fetch would tidy the path up.
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port: gateway.port, path, headers: { authorization: `Bearer ${key}` } },
        (response) => resolve(response.resume().statusCode),
      );
      asked.once('error', reject).end();
    });
    expect([400, 404]).toContain(status);
  });

  it('serves no file of another call, whatever a record says', async () => {
    const gateway = await gateways.start({ recordings: { directory } });
    await recorded('one', ['/worker/two-message.wav', '../secret.wav', '/worker/one-/../../secret.wav']);
    for (const name of ['message', 'secret', '/../../secret'])
      expect(
        (await gateways.ask(gateway, `/v1/recordings/one/${encodeURIComponent(name)}`)).status,
        name,
      ).toBe(404);
  });
});
