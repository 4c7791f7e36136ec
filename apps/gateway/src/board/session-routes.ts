import { OutdialError } from '@outdial/contract';
import { z } from 'zod';
import { callerOf } from '../http/authorize.js';
import type { App } from '../http/server.js';
import { apiKeySchema } from '../keys/api-key.js';
import type { Sessions } from './sessions.js';

/** zod: who is logged in. */
export const sessionSchema = z.object({
  key: apiKeySchema,
  /** To be sent as `x-csrf-token` with every change. */
  csrfToken: z.string(),
});
export type SessionState = z.infer<typeof sessionSchema>;

const NOTES = { tag: 'Board' } as const;

/** Log in by a key, and log out: the session is a cookie, for browsers. */
export function sessionRoutes(app: App, sessions: Sessions): void {
  app.post(
    '/v1/session',
    {
      schema: {
        body: z.strictObject({ key: z.string().trim().min(1).max(200) }),
        response: { 201: sessionSchema },
      },
      config: {
        notes: {
          ...NOTES,
          operation: 'beginSession',
          summary: 'Log in by an API key',
          description:
            'The answer sets a cookie, by which the requests that follow are made. It ends after 12 hours without any.',
          scope: null,
          activity: 'admin',
          errors: ['UNAUTHORIZED', 'FORBIDDEN', 'RATE_LIMITED', 'QUEUE_UNAVAILABLE'],
        },
      },
    },
    async (request, reply) => {
      const { caller, csrfToken, cookie } = await sessions.begin(
        request.body.key,
        request.protocol === 'https',
      );
      request.caller = caller;
      return reply.code(201).header('set-cookie', cookie).send({ key: caller, csrfToken });
    },
  );

  app.get(
    '/v1/session',
    {
      schema: { response: { 200: sessionSchema } },
      config: {
        notes: {
          ...NOTES,
          operation: 'readSession',
          summary: 'Who is logged in',
          scope: 'any',
          errors: ['NOT_FOUND'],
        },
      },
    },
    async (request) => {
      const csrfToken = sessions.csrfTokenOf(request);
      if (csrfToken === null) throw new OutdialError('NOT_FOUND', 'the request has no session, but a key');
      return { key: callerOf(request), csrfToken };
    },
  );

  app.delete(
    '/v1/session',
    {
      schema: { response: { 200: z.object({ ok: z.literal(true) }) } },
      config: {
        notes: {
          ...NOTES,
          operation: 'endSession',
          summary: 'Log out',
          scope: 'any',
          activity: 'admin',
        },
      },
    },
    async (request, reply) => {
      const cookie = await sessions.end(request, request.protocol === 'https');
      return reply.header('set-cookie', cookie).send({ ok: true });
    },
  );
}
