import { z } from 'zod';
import { entryIdSchema } from '../http/entry-id.js';
import type { App } from '../http/server.js';
import { deliverySchema } from './delivery/delivery-log.js';
import { webhookParams } from './webhook-routes.js';
import type { Webhooks } from './webhooks.js';

const NOTES = { tag: 'Webhooks', scope: 'admin', errors: ['NOT_FOUND', 'QUEUE_UNAVAILABLE'] } as const;

/** What was delivered to a webhook, and once more where that is asked for. */
export function deliveryRoutes(app: App, webhooks: Webhooks): void {
  app.get(
    '/v1/webhooks/:id/deliveries',
    {
      schema: {
        params: webhookParams,
        querystring: z.strictObject({
          limit: z.coerce.number().int().min(1).max(500).default(50),
          /** The `id` of the last entry of the page before. */
          before: entryIdSchema.optional(),
        }),
        response: { 200: z.object({ deliveries: z.array(deliverySchema) }) },
      },
      config: {
        notes: {
          ...NOTES,
          operation: 'listDeliveries',
          summary: 'Attempts to deliver messages to a webhook, the latest first',
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      await webhooks.store.get(id);
      return { deliveries: await webhooks.log.page(id, request.query) };
    },
  );

  app.post(
    '/v1/webhooks/:id/deliveries/:delivery/replay',
    {
      schema: {
        params: webhookParams.extend({ delivery: entryIdSchema }),
        response: { 202: z.object({ id: z.string() }) },
      },
      config: {
        notes: {
          ...NOTES,
          operation: 'replayDelivery',
          summary: 'Deliver a message once more',
          description:
            'It keeps its `webhook-id`. For messages that were delivered or abandoned; the others are tried again by themselves.',
          activity: 'admin',
        },
      },
    },
    async (request, reply) => {
      const { id, delivery } = request.params;
      request.target = `${id} ${delivery}`;
      await webhooks.replay(id, delivery);
      return reply.code(202).send({ id: delivery });
    },
  );
}
