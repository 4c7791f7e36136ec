import type { CallQueue } from '@outdial/client';
import { z } from 'zod';
import { callerOf, isForLane } from '../http/authorize.js';
import type { App } from '../http/server.js';

const params = z.object({
  account: z.string().min(1).max(200),
  file: z.string().min(6).max(200).endsWith('.json'),
});
const body = z.looseObject({ Status: z.enum(['completed', 'canceled']) });

const callSchema = z.object({ sid: z.string(), account_sid: z.string(), status: z.literal('completed') });
const missingSchema = z.object({
  code: z.literal(20404),
  message: z.string(),
  more_info: z.string(),
  status: z.literal(404),
});

/**
 * Ends a call as Twilio's REST API does, for voice bots that were built for it: their serializers take a base URL. The call's
 * SID is the job's id; the account's is any, and the key is the password.
 */
export function hangUpRoute(app: App, queue: CallQueue): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, text, done) =>
    done(null, Object.fromEntries(new URLSearchParams(text as string))),
  );
  app.post(
    '/2010-04-01/Accounts/:account/Calls/:file',
    {
      schema: { params, body, response: { 200: callSchema, 404: missingSchema } },
      config: {
        notes: {
          operation: 'hangUpCall',
          summary: 'End a call, in the form of Twilio’s REST API',
          description:
            'For voice bots: `POST /2010-04-01/Accounts/ANY/Calls/JOB.json` with the form field `Status=completed`, and the key as the password of basic authentication.',
          tag: 'Calls',
          scope: 'calls:write',
          activity: 'calls',
          errors: ['QUEUE_UNAVAILABLE'],
          bodies: { 'application/x-www-form-urlencoded': '`Status=completed`' },
        },
      },
    },
    async (request, reply) => {
      const { account, file } = request.params;
      const id = file.slice(0, -'.json'.length);
      request.target = id;
      const call = await queue.get(id);
      if (call === null || !isForLane(callerOf(request), call.lane)) {
        const message = `The requested resource ${request.url.split('?')[0]} was not found`;
        const more_info = 'https://www.twilio.com/docs/errors/20404';
        return reply.code(404).send({ code: 20404, message, more_info, status: 404 });
      }
      await queue.cancel(id);
      return { sid: id, account_sid: account, status: 'completed' as const };
    },
  );
}
