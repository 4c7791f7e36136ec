import type { RedisAccess } from '@outdial/queue';
import { z } from 'zod';
import { checkAllLanes } from '../http/authorize.js';
import type { App } from '../http/server.js';
import type { Metrics } from '../telemetry/metrics.js';

const healthSchema = z.object({
  ok: z.boolean(),
  /** Whether Redis answers. */
  redis: z.boolean().optional(),
  /** Whether the gateway is about to end, and takes no new requests. */
  isStopping: z.boolean().optional(),
});

/** `GET /livez`, `GET /readyz` (200 or 503) and `GET /metrics` (Prometheus text). */
export function healthRoutes(
  app: App,
  { access, metrics, isStopping }: { access: RedisAccess; metrics: Metrics; isStopping: () => boolean },
): void {
  app.get(
    '/livez',
    {
      schema: { response: { 200: healthSchema } },
      config: {
        notes: { operation: 'live', summary: 'Whether the process works', tag: 'Health', scope: null },
      },
    },
    async () => ({ ok: true }),
  );
  app.get(
    '/readyz',
    {
      schema: { response: { 200: healthSchema, 503: healthSchema } },
      config: {
        notes: {
          operation: 'ready',
          summary: 'Whether requests can be served: Redis answers',
          tag: 'Health',
          scope: null,
        },
      },
    },
    async (_, reply) => {
      const redis = await access
        .request('ready', (client) => client.ping())
        .then(
          () => true,
          () => false,
        );
      const ok = redis && !isStopping();
      return reply.code(ok ? 200 : 503).send({ ok, redis, isStopping: isStopping() });
    },
  );
  app.get(
    '/metrics',
    {
      config: {
        notes: {
          operation: 'metrics',
          summary: 'Metrics, as Prometheus reads them',
          tag: 'Health',
          scope: 'calls:read',
          errors: ['QUEUE_UNAVAILABLE'],
          answers: { 200: { description: 'The metrics', type: metrics.registry.contentType } },
        },
      },
    },
    async (request, reply) => {
      checkAllLanes(request);
      return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
    },
  );
}
