import type { AddressInfo } from 'node:net';
import { Outdial } from '@outdial/client';
import { OutdialError } from '@outdial/contract';
import { RedisAccess } from '@outdial/queue';
import { createLogger, redisAddress, Teardown } from '@outdial/service';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { ActivityLog } from './activity/activity-log.js';
import { boardRoutes } from './board/board-routes.js';
import { sessionRoutes } from './board/session-routes.js';
import { Sessions } from './board/sessions.js';
import { bulkRoutes } from './calls/bulk-routes.js';
import { callRoutes } from './calls/call-routes.js';
import { hangUpRoute } from './calls/hang-up-route.js';
import type { GatewayConfiguration } from './config/configuration.js';
import { EventHub } from './events/event-hub.js';
import { eventRoutes } from './events/event-routes.js';
import { healthRoutes } from './health/health-routes.js';
import { authorize } from './http/authorize.js';
import { noteActivity } from './http/note-activity.js';
import { type App, createServer } from './http/server.js';
import { ApiKeys } from './keys/api-keys.js';
import { laneRoutes } from './lanes/lane-routes.js';
import { CallTotals } from './now/call-totals.js';
import { nowRoutes } from './now/now-routes.js';
import { catalogueRoutes } from './openapi/catalogue.js';
import { openApiRoutes } from './openapi/openapi-routes.js';
import { AuditRuns } from './operation/audit-runs.js';
import { operationRoutes } from './operation/operation-routes.js';
import { outcomeRoutes } from './outcomes/outcome-routes.js';
import { recordingRoutes } from './recordings/recording-routes.js';
import { Metrics } from './telemetry/metrics.js';
import { watchQueues } from './telemetry/queue-metrics.js';
import { traceRequests } from './telemetry/request-spans.js';
import { tryItRoutes } from './try-it/try-it-routes.js';
import { deliveryRoutes } from './webhooks/delivery-routes.js';
import { WebhookMetrics } from './webhooks/webhook-metrics.js';
import { webhookRoutes } from './webhooks/webhook-routes.js';
import { Webhooks } from './webhooks/webhooks.js';

/** A running gateway. */
export interface OutdialGateway {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  readonly keys: ApiKeys;
  /** Takes no new request, lets those under way end within `drainSeconds`, and closes everything. */
  close(): Promise<void>;
}

export interface GatewayOptions {
  /** Default: to standard error, at the configuration's `logLevel`. */
  logger?: Logger;
}

/**
 * Starts a gateway. It rejects when Redis cannot be reached (`QUEUE_UNAVAILABLE`) or the address cannot be listened on
 * (`INVALID_CONFIGURATION`), and leaves nothing behind then.
 */
export async function startGateway(
  configuration: GatewayConfiguration,
  { logger = createLogger(configuration.logLevel) }: GatewayOptions = {},
): Promise<OutdialGateway> {
  const teardown = new Teardown(logger);
  try {
    return await start(configuration, logger, teardown);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function start(
  configuration: GatewayConfiguration,
  logger: Logger,
  teardown: Teardown,
): Promise<OutdialGateway> {
  const { redis, gateway } = configuration;
  const onError = (error: Error) => logger.warn({ err: error }, 'Redis');
  const access = new RedisAccess({ redis: redisAddress(redis), prefix: redis.prefix, onError });
  teardown.add('Redis', () => access.close());
  await access.request('start', (client) => client.ping());
  const outdial = new Outdial({
    redis: access.client,
    prefix: redis.prefix,
    onError,
    ...(gateway.defaultCountry !== undefined && { defaultCountry: gateway.defaultCountry }),
  });
  teardown.add('client', () => outdial.close());
  const metrics = new Metrics();
  watchQueues(metrics.registry, { queue: outdial.queue, access });
  const keys = new ApiKeys(access);
  const sessions = new Sessions(access, keys);
  const activity = new ActivityLog(access, { max: gateway.activityMax });
  let isStopping = false;

  const app = createServer(configuration, logger);
  traceRequests(app as unknown as FastifyInstance);
  authorize(app as unknown as FastifyInstance, { keys, sessions });
  noteActivity(app as unknown as FastifyInstance, { activity, metrics, logger });
  const routes = catalogueRoutes(app as unknown as FastifyInstance);
  healthRoutes(app, { access, metrics, isStopping: () => isStopping });
  callRoutes(app, outdial);
  bulkRoutes(app, { queue: outdial.queue, gateway });
  recordingRoutes(app, { queue: outdial.queue, directory: gateway.recordings.directory ?? null });
  hangUpRoute(app, outdial.queue);
  laneRoutes(app, outdial.queue);
  teardown.add('leases', outcomeRoutes(app, access));
  const hub = new EventHub(outdial.events, logger);
  await hub.start();
  teardown.add('events', () => hub.close());
  metrics.watchSubscribers(() => hub.listeners);
  eventRoutes(app, { events: outdial.events, hub });
  const audits = new AuditRuns({ access, outdial, logger });
  teardown.add('audit', () => audits.close());
  operationRoutes(app, { queue: outdial.queue, audits, keys, activity });
  const webhooks = new Webhooks({
    ...{ access, activity, logger, gateway },
    events: outdial.events,
    metrics: new WebhookMetrics(metrics.registry),
  });
  teardown.add('webhooks', () => webhooks.close());
  await webhooks.start();
  webhookRoutes(app, webhooks);
  deliveryRoutes(app, webhooks);
  sessionRoutes(app, sessions);
  const totals = new CallTotals(outdial, logger);
  teardown.add('totals', () => totals.close());
  nowRoutes(app, { queue: outdial.queue, totals });
  boardRoutes(app);
  openApiRoutes(app, routes);
  tryItRoutes(app);
  teardown.add('HTTP server', () => closeWithin(app, gateway.drainSeconds));
  await listen(app, gateway);

  const { address, port } = app.server.address() as AddressInfo;
  const host = address.includes(':') ? `[${address}]` : address;
  const url = `${gateway.tls === undefined ? 'http' : 'https'}://${host}:${port}`;
  logger.info({ url }, 'gateway started');
  let closing: Promise<void> | null = null;
  const close = async () => {
    isStopping = true;
    await teardown.run();
    logger.info('gateway stopped');
  };
  return {
    url,
    port,
    keys,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

async function listen(app: App, { host, port }: GatewayConfiguration['gateway']): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const field = code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' ? 'host' : 'port';
    const issues = [{ path: `gateway.${field}`, message, value: field === 'port' ? port : host }];
    throw new OutdialError(
      'INVALID_CONFIGURATION',
      `gateway.${field}: cannot listen on ${host}:${port}: ${message}`,
      {
        issues,
        cause: error,
      },
    );
  }
}

/** Ends the server; what is under way after `seconds` is cut off. */
async function closeWithin(app: App, seconds: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), seconds * 1000);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}
