import { afterEach, describe, expect, it } from 'vitest';
import { HealthServer } from '../../src/health/health-server.js';
import { Metrics } from '../../src/telemetry/metrics.js';

let server: HealthServer | undefined;
afterEach(() => server?.close());

async function get(path: string, ready: boolean, method = 'GET'): Promise<{ status: number; body: string }> {
  const checks = { live: () => ({ ok: true }), ready: () => ({ ok: ready, redis: ready }) };
  server = await HealthServer.start({ host: '127.0.0.1', port: 0 }, checks, new Metrics());
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
  return { status: response.status, body: await response.text() };
}

describe('the health endpoints', () => {
  it('say 200 when the worker can dial and 503 when it cannot, with the details', async () => {
    expect(await get('/readyz', true)).toEqual({ status: 200, body: '{"ok":true,"redis":true}\n' });
    await server?.close();
    expect(await get('/readyz', false)).toEqual({ status: 503, body: '{"ok":false,"redis":false}\n' });
  });

  it('give the metrics in the format of Prometheus', async () => {
    const { status, body } = await get('/metrics', true);
    expect(status).toBe(200);
    expect(body).toContain('# TYPE outdial_calls_up gauge');
    expect(body).toContain('nodejs_eventloop_lag_seconds');
  });

  it('refuse other paths and methods', async () => {
    expect((await get('/', true)).status).toBe(404);
    await server?.close();
    expect((await get('/livez', true, 'POST')).status).toBe(405);
  });
});

it('a port that is taken names its field', async () => {
  const checks = { live: () => ({ ok: true }), ready: () => ({ ok: true }) };
  server = await HealthServer.start({ host: '127.0.0.1', port: 0 }, checks, new Metrics());
  const { port } = server;
  await expect(HealthServer.start({ host: '127.0.0.1', port }, checks, new Metrics())).rejects.toMatchObject({
    code: 'INVALID_CONFIGURATION',
    message: expect.stringMatching(/^health\.port: .*EADDRINUSE/),
    issues: [{ path: 'health.port', value: port }],
  });
});
