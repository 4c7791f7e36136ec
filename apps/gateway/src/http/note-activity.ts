import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { ActivityLog } from '../activity/activity-log.js';
import type { Metrics } from '../telemetry/metrics.js';

/** Counts and logs every request, and notes who changed what. */
export function noteActivity(
  app: FastifyInstance,
  { activity, metrics, logger }: { activity: ActivityLog; metrics: Metrics; logger: Logger },
): void {
  app.addHook('onResponse', async (request, reply) => {
    const { notes } = request.routeOptions.config;
    const operation = notes?.operation ?? 'none';
    const { caller, ip, id } = request;
    const status = reply.statusCode;
    metrics.answered(operation, status, reply.elapsedTime);
    logger.debug(
      { requestId: id, operation, status, by: caller?.id, ms: Math.round(reply.elapsedTime) },
      'request',
    );
    if (notes?.activity === undefined || caller === null) return;
    const { target } = request;
    await activity
      .add(notes.activity, { by: caller.id, name: caller.name, address: ip, operation, target, status })
      .catch((error) =>
        logger.error({ err: error, operation, by: caller.id }, 'activity could not be noted'),
      );
  });
}
