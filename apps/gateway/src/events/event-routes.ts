import type { CallEvents } from '@outdial/client';
import { OutdialError } from '@outdial/contract';
import { z } from 'zod';
import { callerOf, hasScope } from '../http/authorize.js';
import type { App } from '../http/server.js';
import { eventFilterShape } from './event-filter.js';
import type { EventHub } from './event-hub.js';
import { Subscription } from './subscription.js';

const STREAM_ID = /^\d{1,16}(?:-\d{1,16})?$/;

const query = z.strictObject({
  ...eventFilterShape,
  /** The same as the header `Last-Event-ID`, for those who cannot send it; `0`: all that are kept. */
  from: z.string().regex(STREAM_ID, 'is the id of an event, or 0').optional(),
});

/** `GET /v1/events`: events as they come (Server-Sent Events). */
export function eventRoutes(app: App, { events, hub }: { events: CallEvents; hub: EventHub }): void {
  // Otherwise the server would wait for streams that do not end by themselves.
  app.addHook('preClose', () => hub.close());
  app.get(
    '/v1/events',
    {
      schema: { querystring: query },
      config: {
        notes: {
          operation: 'streamEvents',
          summary: 'Events of calls, as they come',
          description:
            'Server-Sent Events: `id` is the event’s place in the stream, `event` its type, `data` its JSON. A client that sends the last id that it has seen, as `Last-Event-ID`, gets all that came after it and is still kept. One that reads too slowly is cut off, and may resume. Keys with the scope admin are told of webhooks that were paused as well (`webhookPaused`).',
          tag: 'Events',
          scope: 'calls:read',
          errors: ['QUEUE_UNAVAILABLE'],
          answers: { 200: { description: 'The events', type: 'text/event-stream' } },
        },
      },
    },
    async (request, reply) => {
      const { from, ...filter } = request.query;
      const lastId = request.headers['last-event-id'] ?? from ?? null;
      if (lastId !== null && (typeof lastId !== 'string' || !STREAM_ID.test(lastId)))
        throw new OutdialError('INVALID_REQUEST', 'headers.last-event-id: is the id of an event', {
          issues: [{ path: 'headers.last-event-id', message: 'is the id of an event' }],
        });
      const caller = callerOf(request);
      const { lanes } = caller;
      // Webhooks are the operator's, and their addresses may have secrets.
      const callsOnly = !hasScope(caller, 'admin');
      if (callsOnly && filter.types?.includes('webhookPaused'))
        throw new OutdialError('FORBIDDEN', 'webhookPaused is told to keys with the scope admin');
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream',
        // nginx would hold events back.
        'x-accel-buffering': 'no',
      });
      const subscription = new Subscription(raw, {
        ...{ ...filter, callsOnly },
        ...(lanes !== null && { lanes }),
      });
      await subscription.run(hub, events, lastId).catch((error) => {
        request.log.warn({ err: error }, 'events could not be caught up with');
        subscription.end();
      });
    },
  );
}
