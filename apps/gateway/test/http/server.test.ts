import { request } from 'node:http';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startGateway } from '../../src/gateway.js';
import { parseGatewayConfiguration } from '../../src/index.js';
import { useGateway } from '../support.js';

const gateways = useGateway();

describe('a gateway', () => {
  it('answers without a key whether it lives, and whether it can serve', async () => {
    const gateway = await gateways.start();
    expect(await gateways.ask(gateway, '/livez', { key: null })).toMatchObject({
      status: 200,
      body: { ok: true },
    });
    expect(await gateways.ask(gateway, '/readyz', { key: null })).toMatchObject({
      status: 200,
      body: { ok: true, redis: true, isStopping: false },
    });
  });

  it('is not ready while Redis does not answer', async () => {
    const gateway = await gateways.start();
    gateways.server.pause();
    try {
      expect(await gateways.ask(gateway, '/readyz', { key: null })).toMatchObject({
        status: 503,
        body: { ok: false, redis: false },
      });
    } finally {
      gateways.server.resume();
    }
  });

  it('answers nothing else without a key, not even whether there is an address', async () => {
    const gateway = await gateways.start();
    for (const path of ['/metrics', '/v1/calls/x', '/nowhere']) {
      const { status, headers, body } = await gateways.ask(gateway, path, { key: null });
      expect({ status, code: body.code }, path).toEqual({ status: 401, code: 'UNAUTHORIZED' });
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });

  it('tells what is wrong as a problem with a code, the request’s id, and no more', async () => {
    const gateway = await gateways.start();
    const { status, headers, body } = await gateways.ask(gateway, '/nowhere');
    expect(status).toBe(404);
    expect(body).toEqual({
      type: 'https://github.com/outdial/outdial/blob/main/docs/errors.md#NOT_FOUND',
      title: 'There is nothing at this address.',
      status: 404,
      detail: 'there is no GET /nowhere',
      code: 'NOT_FOUND',
      issues: [],
      retryable: false,
      requestId: headers.get('request-id'),
    });
  });

  it('refuses what is no HTTP path, and what is compressed', async () => {
    const gateway = await gateways.start();
    expect(await gateways.ask(gateway, '/v1/calls/%E0%A4%A')).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST' },
    });
    const zipped = await gateways.ask(gateway, '/v1/calls', {
      body: 'x',
      headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' },
    });
    expect(zipped).toMatchObject({ status: 415, body: { code: 'UNSUPPORTED_TYPE' } });
  });

  it('sends headers that keep answers from being framed, sniffed and stored', async () => {
    const gateway = await gateways.start();
    const { headers } = await gateways.ask(gateway, '/livez', { key: null });
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('gives metrics of requests and lanes to a key that sees calls', async () => {
    const gateway = await gateways.start();
    await gateways.queue().add({ callTo: 'sip:a@b', lane: 'urgent' });
    await gateways.ask(gateway, '/livez', { key: null });
    const key = await gateways.keyFor(gateway, { scopes: ['calls:read'] });
    const { body, status } = await gateways.ask(gateway, '/metrics', { key });
    expect(status).toBe(200);
    expect(body).toContain('outdial_gateway_requests_total{operation="live",status="200"} 1');
    expect(body).toContain('outdial_lane_jobs{lane="urgent",state="waiting"} 1');
  });

  it('does not start where its port is taken, and says which field is at fault', async () => {
    const { port } = await gateways.start();
    const configuration = parseGatewayConfiguration({
      redis: { url: gateways.server.url },
      gateway: { port },
    });
    await expect(startGateway({ ...configuration, logLevel: 'silent' })).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      issues: [{ path: 'gateway.port', value: port }],
    });
  });

  it('does not start without Redis', async () => {
    const configuration = parseGatewayConfiguration({
      redis: { url: 'redis://127.0.0.1:9' },
      logLevel: 'silent',
    });
    await expect(startGateway(configuration)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  });

  it('ends once requests under way have ended, and takes no new ones meanwhile', async () => {
    const gateway = await gateways.start({ drainSeconds: 30 });
    const key = await gateways.keyFor(gateway);
    // A request whose body is not complete is under way.
    const pending = request(`${gateway.url}/v1/lanes/urgent`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': '2' },
    });
    const answered = new Promise<string>((resolve, reject) => {
      pending.on('response', (response) => resolve(text(response)));
      pending.on('error', reject);
    });
    pending.write('{');
    await new Promise((resolve) => pending.once('socket', (socket) => socket.once('connect', resolve)));
    await gateways.ask(gateway, '/livez', { key: null });
    const closed = gateway.close();
    await expect
      .poll(
        () =>
          new Promise((resolve) => {
            const socket = createConnection(gateway.port, '127.0.0.1');
            socket.once('connect', () => resolve(socket.destroy() && 'connected'));
            socket.once('error', () => resolve('refused'));
          }),
      )
      .toBe('refused');
    pending.end('}');
    await answered;
    await closed;
  });
});
