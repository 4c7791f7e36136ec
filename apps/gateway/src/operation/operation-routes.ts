import type { CallQueue } from '@outdial/client';
import { workerStatusSchema } from '@outdial/contract';
import { z } from 'zod';
import { ACTIVITY_LISTS, type ActivityLog, activitySchema } from '../activity/activity-log.js';
import { entryIdSchema } from '../http/entry-id.js';
import type { App } from '../http/server.js';
import { apiKeySchema, newApiKeySchema } from '../keys/api-key.js';
import type { ApiKeys } from '../keys/api-keys.js';
import { type AuditRuns, auditStateSchema } from './audit-runs.js';

const NOTES = { tag: 'Operation', scope: 'admin', errors: ['QUEUE_UNAVAILABLE'] } as const;

const workerSchema = z.object({
  workerId: z.string(),
  /** Epoch milliseconds, by Redis' clock; 0 for one that has retired. */
  leaseUntil: z.number(),
  /** False: its calls are about to be taken over. */
  isAlive: z.boolean(),
  /** Calls that it holds. */
  calls: z.number().int(),
  /** How it is, as it told in the last minute; null: it did not. */
  status: workerStatusSchema.nullable(),
});
export type WorkerState = z.infer<typeof workerSchema>;

/** For those who run Outdial: workers, audits, keys, and who did what. */
export function operationRoutes(
  app: App,
  {
    queue,
    audits,
    keys,
    activity,
  }: { queue: CallQueue; audits: AuditRuns; keys: ApiKeys; activity: ActivityLog },
): void {
  app.get(
    '/v1/workers',
    {
      schema: { response: { 200: z.object({ workers: z.array(workerSchema) }) } },
      config: {
        notes: { ...NOTES, operation: 'listWorkers', summary: 'Workers, with their leases and calls' },
      },
    },
    async () => ({ workers: await queue.workers() }),
  );

  app.get(
    '/v1/audit',
    {
      schema: { response: { 200: auditStateSchema } },
      config: {
        notes: {
          ...NOTES,
          operation: 'readAudit',
          summary: 'What the latest audit found, and whether one runs',
        },
      },
    },
    async () => audits.state(),
  );
  app.post(
    '/v1/audit',
    {
      schema: { response: { 202: auditStateSchema } },
      config: {
        notes: {
          ...NOTES,
          operation: 'runAudit',
          summary: 'Run an audit, unless one runs',
          description:
            'It compares everything in Redis, and reports every job that breaks a promise; `GET /v1/audit` has its report.',
          activity: 'admin',
        },
      },
    },
    async (_, reply) => {
      await audits.start();
      return reply.code(202).send(await audits.state());
    },
  );

  app.get(
    '/v1/keys',
    {
      schema: { response: { 200: z.object({ keys: z.array(apiKeySchema) }) } },
      config: { notes: { ...NOTES, operation: 'listKeys', summary: 'Every API key, without its text' } },
    },
    async () => ({ keys: await keys.list() }),
  );
  app.post(
    '/v1/keys',
    {
      schema: { body: newApiKeySchema, response: { 201: z.object({ key: apiKeySchema, text: z.string() }) } },
      config: {
        notes: {
          ...NOTES,
          operation: 'createKey',
          summary: 'Create an API key',
          description: 'Its text is told in this answer, and never again.',
          activity: 'admin',
        },
      },
    },
    async (request, reply) => {
      const created = await keys.create(request.body);
      request.target = created.key.id;
      return reply.code(201).send(created);
    },
  );
  app.delete(
    '/v1/keys/:id',
    {
      schema: { params: z.object({ id: z.string().min(1).max(100) }), response: { 200: apiKeySchema } },
      config: {
        notes: {
          ...NOTES,
          operation: 'revokeKey',
          summary: 'Revoke an API key',
          description: 'It is refused from its next request on.',
          activity: 'admin',
          errors: ['NOT_FOUND', 'QUEUE_UNAVAILABLE'],
        },
      },
    },
    async (request) => {
      request.target = request.params.id;
      return keys.revoke(request.params.id);
    },
  );

  app.get(
    '/v1/activity',
    {
      schema: {
        querystring: z.strictObject({
          /** Requests about calls, or everything else. */
          list: z.enum(ACTIVITY_LISTS).default('admin'),
          limit: z.coerce.number().int().min(1).max(500).default(50),
          /** The `id` of the last entry of the page before. */
          before: entryIdSchema.optional(),
        }),
        response: { 200: z.object({ activity: z.array(activitySchema) }) },
      },
      config: { notes: { ...NOTES, operation: 'listActivity', summary: 'Who did what, the latest first' } },
    },
    async (request) => {
      const { list, limit, before } = request.query;
      return { activity: await activity.page(list, { limit, before }) };
    },
  );
}
