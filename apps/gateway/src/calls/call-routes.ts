import type { Outdial } from '@outdial/client';
import {
  type CallJobInput,
  callCommandSchemaFor,
  checkInput,
  type PhoneNumberOptions,
} from '@outdial/contract';
import { z } from 'zod';
import { callerOf, checkAllLanes, checkLaneOf, hasScope } from '../http/authorize.js';
import { clientGone } from '../http/client-gone.js';
import type { App } from '../http/server.js';
import { findCall, withoutOthers } from './call-access.js';
import {
  callParams,
  callSchema,
  cancelCountsSchema,
  cancelManyBody,
  cancelSchema,
  captureSchema,
  listQuery,
  placedCallSchema,
  wholeCallSchema,
} from './call-schemas.js';
import { maskSip } from './mask-sip.js';

const NOTES = { tag: 'Calls', errors: ['QUEUE_UNAVAILABLE'] } as const;
const OF_ONE = { ...NOTES, errors: ['JOB_NOT_FOUND', 'QUEUE_UNAVAILABLE'] } as const;

/** Calls one by one: placed, seen, found, cancelled and commanded. */
export function callRoutes(app: App, { queue, calls }: Pick<Outdial, 'queue' | 'calls'>): void {
  app.post(
    '/v1/calls',
    {
      schema: { response: { 200: placedCallSchema, 201: placedCallSchema } },
      config: {
        notes: {
          ...NOTES,
          operation: 'placeCall',
          summary: 'Place a call',
          description:
            'The id of the job makes the request repeatable: the same id with the same content is the same call (200), with another content it is refused (409), and the issues tell what differs.',
          scope: 'calls:write',
          activity: 'calls',
          errors: ['INVALID_JOB', 'ID_CONFLICT', 'TOO_LARGE', 'UNSUPPORTED_TYPE', 'QUEUE_UNAVAILABLE'],
          bodies: { 'application/json': 'A call job' },
        },
      },
    },
    async (request, reply) => {
      const input = request.body as CallJobInput;
      if (callerOf(request).lanes !== null) checkLaneOf(request, queue.validate(input).lane);
      const job = await queue.add(input).catch((error) => {
        throw withoutOthers(error, request);
      });
      request.target = job.id;
      const { wasQueuedBefore, warnings } = job;
      return reply
        .code(wasQueuedBefore ? 200 : 201)
        .header('location', `/v1/calls/${encodeURIComponent(job.id)}`)
        .send({ ...job, wasQueuedBefore, warnings: [...warnings] });
    },
  );

  app.get(
    '/v1/calls',
    {
      schema: {
        querystring: listQuery,
        response: { 200: z.object({ calls: z.array(callSchema), next: z.string().nullable() }) },
      },
      config: {
        notes: {
          ...NOTES,
          operation: 'listCalls',
          summary: 'List and find calls',
          description:
            'Active calls first, then those that have ended, the last first, then jobs that wait. `next` is the cursor of the next page; null: there is none. A page may have fewer calls than asked for, or none, and still a `next`, when few of many fit.',
          scope: 'calls:read',
        },
      },
    },
    async (request, reply) => {
      const { limit, cursor, ...filter } = request.query;
      const { lanes } = callerOf(request);
      return calls.page(
        { ...filter, ...(lanes !== null && { lanes }) },
        // Who types asks anew with each letter, and waits for the last answer alone.
        { limit, ...(cursor !== undefined && { cursor }), signal: clientGone(reply) },
      );
    },
  );

  app.get(
    '/v1/calls/:id',
    {
      schema: { params: callParams, response: { 200: wholeCallSchema } },
      config: {
        notes: {
          ...OF_ONE,
          operation: 'readCall',
          summary: 'All that is known of a call',
          scope: 'calls:read',
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      const call = await findCall(queue, request, id);
      const events = await calls.eventsOf(id);
      return { ...call, events, steps: call.ended?.steps ?? [] };
    },
  );

  app.get(
    '/v1/calls/:id/capture',
    {
      schema: { params: callParams, response: { 200: captureSchema } },
      config: {
        notes: {
          ...OF_ONE,
          operation: 'readCapture',
          summary: 'What was captured of a call',
          description:
            'The SIP messages, and how loud the callee’s side was, where the job, or its lane, asked for that (`capture`). Numbers in the messages are masked for keys without the scope `numbers:read`.',
          scope: 'calls:read',
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      await findCall(queue, request, id);
      const capture = (await calls.captureOf(id)) ?? { sip: [], heard: null };
      const isMasked = !hasScope(callerOf(request), 'numbers:read');
      const sip = isMasked
        ? capture.sip.map((message) => ({ ...message, text: maskSip(message.text) }))
        : capture.sip;
      return { ...capture, sip, isMasked };
    },
  );

  app.post(
    '/v1/calls/:id/cancel',
    {
      schema: { params: callParams, response: { 200: cancelSchema } },
      config: {
        notes: {
          ...OF_ONE,
          operation: 'cancelCall',
          summary: 'Cancel a call, in whatever phase it is',
          description: 'A job that waits is never dialled; a call in progress is ended by its worker.',
          scope: 'calls:write',
          activity: 'calls',
        },
      },
    },
    async (request) => {
      const { id } = request.params;
      request.target = id;
      await findCall(queue, request, id);
      return queue.cancel(id);
    },
  );

  app.post(
    '/v1/calls/cancel',
    {
      schema: { body: cancelManyBody, response: { 200: cancelCountsSchema } },
      config: {
        notes: {
          ...NOTES,
          operation: 'cancelCalls',
          summary: 'Cancel every call that a lane, or a label, has now',
          scope: 'calls:write',
          activity: 'calls',
        },
      },
    },
    async (request) => {
      const { body } = request;
      if ('lane' in body) {
        request.target = `lane ${body.lane}`;
        checkLaneOf(request, body.lane);
        return queue.cancelLane(body.lane);
      }
      request.target = `label ${body.label}`;
      // A label is over all lanes.
      checkAllLanes(request);
      return queue.cancelLabel(body.label);
    },
  );

  app.post(
    '/v1/calls/:id/commands',
    {
      schema: { params: callParams, response: { 202: z.object({ id: z.string() }) } },
      config: {
        notes: {
          ...OF_ONE,
          operation: 'commandCall',
          summary: 'Tell the worker that holds a call what to do with it',
          description:
            'A command may be lost on its way: repeat it, with the same `waitId` or `commandId`, until an event tells of its end. A worker takes a repeated command once. A `heartbeat` keeps the call up for its `secondsTimeout`.',
          scope: 'calls:write',
          activity: 'calls',
          bodies: { 'application/json': 'A command, without its `jobId`' },
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      request.target = id;
      await findCall(queue, request, id);
      await queue.command(readCommand(id, request.body, queue.numbers));
      return reply.code(202).send({ id });
    },
  );
}

function readCommand(jobId: string, body: unknown, numbers: PhoneNumberOptions) {
  const input = { ...(typeof body === 'object' && body !== null ? body : {}), jobId };
  return checkInput(callCommandSchemaFor(numbers), input, { code: 'INVALID_REQUEST', what: 'the command' });
}
