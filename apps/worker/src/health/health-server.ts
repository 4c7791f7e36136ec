import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OutdialError } from '@outdial/contract';
import type { Metrics } from '../telemetry/metrics.js';

/** What the health endpoints ask the worker. `ok` decides the status, the rest is shown. */
export interface HealthReport {
  ok: boolean;
  [detail: string]: unknown;
}

export interface HealthChecks {
  /** Whether the process does its work at all; false asks the supervisor to restart it. */
  live(): HealthReport;
  /** Whether it can dial now: Redis, a drachtio and a FreeSWITCH server answer, and it is not stopping. */
  ready(): HealthReport;
}

/** `GET /livez`, `GET /readyz` (200 or 503, JSON) and `GET /metrics` (Prometheus text). */
export class HealthServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Rejects with `INVALID_CONFIGURATION` when the address cannot be listened on. */
  static async start(
    options: { host: string; port: number },
    checks: HealthChecks,
    metrics: Metrics,
  ): Promise<HealthServer> {
    const server = createServer((request, response) => {
      const path = request.url?.split('?')[0];
      if (request.method !== 'GET') respond(response, 405, { ok: false, error: 'only GET is answered here' });
      else if (path === '/livez') report(response, checks.live());
      else if (path === '/readyz') report(response, checks.ready());
      else if (path === '/metrics') void respondWithMetrics(response, metrics);
      else respond(response, 404, { ok: false, error: 'there are /livez, /readyz and /metrics' });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(cannotListen(options, error)));
      server.listen(options.port, options.host, resolve);
    });
    return new HealthServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function cannotListen(
  { host, port }: { host: string; port: number },
  error: NodeJS.ErrnoException,
): OutdialError {
  const field = error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' ? 'host' : 'port';
  const message = `health.${field}: cannot listen on ${host}:${port}: ${error.message}`;
  const issues = [{ path: `health.${field}`, message: error.message, value: field === 'port' ? port : host }];
  return new OutdialError('INVALID_CONFIGURATION', message, { issues, cause: error });
}

function report(response: ServerResponse, health: HealthReport): void {
  respond(response, health.ok ? 200 : 503, health);
}

function respond(response: ServerResponse, status: number, body: HealthReport): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

async function respondWithMetrics(response: ServerResponse, metrics: Metrics): Promise<void> {
  try {
    const text = await metrics.registry.metrics();
    response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
  } catch (error) {
    respond(response, 500, { ok: false, error: String(error) });
  }
}
