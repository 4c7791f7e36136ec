import { z } from 'zod';
import type { App } from '../http/server.js';
import {
  newWebhookSchema,
  toPublic,
  type Webhook,
  webhookChangesSchema,
  webhookSchema,
  webhookStateSchema,
} from './store/webhook.js';
import type { Webhooks } from './webhooks.js';

export const webhookParams = z.object({ id: z.string().min(1).max(100) });

const listedSchema = webhookSchema.extend({ state: webhookStateSchema });
/** The secret is told when it is made, and never again. */
const withSecretSchema = webhookSchema.extend({ secret: z.string() });

const rotateBody = z
  .strictObject({
    /** How long messages are signed by the former secret too; 0: not at all. */
    overlapSeconds: z.number().int().min(0).max(604_800).default(86_400),
  })
  .prefault({});

const NOTES = { tag: 'Webhooks', scope: 'admin', errors: ['QUEUE_UNAVAILABLE'] } as const;
const OF_ONE = { ...NOTES, errors: ['NOT_FOUND', 'QUEUE_UNAVAILABLE'] } as const;

/** Webhooks to which events are delivered. */
export function webhookRoutes(app: App, webhooks: Webhooks): void {
  const { store } = webhooks;
  const withState = async (webhook: Webhook) => ({
    ...toPublic(webhook),
    state: await store.state(webhook.id),
  });
  const withSecret = (webhook: Webhook) => ({
    ...toPublic(webhook),
    secret: webhook.secrets[0]?.text ?? '',
  });

  app.get(
    '/v1/webhooks',
    {
      schema: { response: { 200: z.object({ webhooks: z.array(listedSchema) }) } },
      config: { notes: { ...NOTES, operation: 'listWebhooks', summary: 'Every webhook, and how it does' } },
    },
    async () => ({ webhooks: await Promise.all((await store.list()).map(withState)) }),
  );

  app.post(
    '/v1/webhooks',
    {
      schema: { body: newWebhookSchema, response: { 201: withSecretSchema } },
      config: {
        notes: {
          ...NOTES,
          operation: 'createWebhook',
          summary: 'Deliver events to a URL',
          description:
            'From now on. The answer has the secret by which its messages are signed (Standard Webhooks); it is told in this answer, and never again.',
          activity: 'admin',
        },
      },
    },
    async (request, reply) => {
      const webhook = await store.create(request.body);
      request.target = webhook.id;
      await webhooks.sync();
      return reply.code(201).header('location', `/v1/webhooks/${webhook.id}`).send(withSecret(webhook));
    },
  );

  app.get(
    '/v1/webhooks/:id',
    {
      schema: { params: webhookParams, response: { 200: listedSchema } },
      config: { notes: { ...OF_ONE, operation: 'readWebhook', summary: 'A webhook, and how it does' } },
    },
    async (request) => withState(await store.get(request.params.id)),
  );

  app.patch(
    '/v1/webhooks/:id',
    {
      schema: { params: webhookParams, body: webhookChangesSchema, response: { 200: listedSchema } },
      config: {
        notes: {
          ...OF_ONE,
          operation: 'changeWebhook',
          summary: 'Change a webhook',
          description: 'What is absent stays as it is. What is pending goes to the new URL.',
          activity: 'admin',
        },
      },
    },
    async (request) => {
      request.target = request.params.id;
      return withState(await store.change(request.params.id, request.body));
    },
  );

  app.post(
    '/v1/webhooks/:id/rotate',
    {
      schema: { params: webhookParams, body: rotateBody, response: { 200: withSecretSchema } },
      config: {
        notes: {
          ...OF_ONE,
          operation: 'rotateWebhook',
          summary: 'Give a webhook a new secret',
          description:
            'Messages are signed by both, the new one and the former one, for overlapSeconds. The new secret is told in this answer, and never again.',
          activity: 'admin',
        },
      },
    },
    async (request) => {
      request.target = request.params.id;
      const { overlapSeconds } = request.body;
      return withSecret(await store.rotate(request.params.id, overlapSeconds * 1000));
    },
  );

  app.post(
    '/v1/webhooks/:id/pause',
    {
      schema: { params: webhookParams, response: { 200: listedSchema } },
      config: {
        notes: {
          ...OF_ONE,
          operation: 'pauseWebhook',
          summary: 'Deliver nothing to a webhook until it is resumed',
          description: 'What it is to get is kept meanwhile.',
          activity: 'admin',
        },
      },
    },
    async (request) => {
      request.target = request.params.id;
      const { webhook } = await store.pause(request.params.id, 'asked');
      await webhooks.sync();
      return withState(webhook);
    },
  );

  app.post(
    '/v1/webhooks/:id/resume',
    {
      schema: { params: webhookParams, response: { 200: listedSchema } },
      config: {
        notes: {
          ...OF_ONE,
          operation: 'resumeWebhook',
          summary: 'Undo a pause',
          description: 'What is pending is tried at once.',
          activity: 'admin',
        },
      },
    },
    async (request) => {
      request.target = request.params.id;
      const webhook = await store.resume(request.params.id);
      await webhooks.hurry(webhook.id);
      return withState(webhook);
    },
  );

  app.delete(
    '/v1/webhooks/:id',
    {
      schema: { params: webhookParams, response: { 200: webhookSchema } },
      config: {
        notes: {
          ...OF_ONE,
          operation: 'deleteWebhook',
          summary: 'Remove a webhook, with all that is pending for it and its log',
          activity: 'admin',
        },
      },
    },
    async (request) => {
      request.target = request.params.id;
      return toPublic(await webhooks.remove(request.params.id));
    },
  );
}
