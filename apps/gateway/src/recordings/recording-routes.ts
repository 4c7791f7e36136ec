import { basename } from 'node:path';
import { send } from '@fastify/send';
import type { CallQueue } from '@outdial/client';
import { type EndedRecord, OutdialError } from '@outdial/contract';
import { z } from 'zod';
import { findCall } from '../calls/call-access.js';
import { callParams } from '../calls/call-schemas.js';
import type { App } from '../http/server.js';

const recordingParams = callParams.extend({ name: z.string().min(1).max(100) });
const SUFFIX = '.wav';

/**
 * `GET /v1/recordings/:id/:name`: what was recorded of a call. Only a file that the call's ended record names is served, so a path
 * in the request leads nowhere. `directory`: null, none is served.
 */
export function recordingRoutes(
  app: App,
  { queue, directory }: { queue: CallQueue; directory: string | null },
): void {
  app.get(
    '/v1/recordings/:id/:name',
    {
      schema: { params: recordingParams },
      config: {
        notes: {
          operation: 'downloadRecording',
          summary: 'What was recorded of a call that has ended',
          description:
            '`name` is that of a recording in the ended record; the second one of a name is `NAME-2`. `Range` asks for parts of it.',
          tag: 'Recordings',
          scope: 'calls:read',
          errors: ['JOB_NOT_FOUND', 'NOT_FOUND', 'RANGE_INVALID', 'QUEUE_UNAVAILABLE'],
          answers: {
            200: { description: 'The recording', type: 'audio/wav' },
            206: { description: 'The parts that were asked for', type: 'audio/wav' },
          },
        },
      },
    },
    async (request, reply) => {
      const { id, name } = request.params;
      const { ended } = await findCall(queue, request, id);
      const file = fileOf(ended, id, name);
      if (file === null || directory === null) throw notFound(id, name);
      const { type, statusCode, headers, stream } = await send(request.raw, encodeURIComponent(file), {
        root: directory,
        dotfiles: 'allow',
        index: false,
        extensions: false,
        // The gateway's own answers say what may be stored.
        cacheControl: false,
      });
      if (statusCode === 416) {
        reply.header('content-range', headers['Content-Range']);
        throw new OutdialError('RANGE_INVALID', 'the recording does not have these bytes');
      }
      if (type !== 'file') throw notFound(id, name);
      return reply.code(statusCode).headers(headers).type('audio/wav').send(stream);
    },
  );
}

/** The file of a recording that the ended record has, without the directory that the worker wrote it to. */
function fileOf(ended: EndedRecord | null | undefined, id: string, name: string): string | null {
  const wanted = `${id}-${name}${SUFFIX}`;
  const files = (ended?.recordings ?? []).map(({ path }) => basename(path));
  return files.find((file) => file === wanted) ?? null;
}

function notFound(id: string, name: string): OutdialError {
  return new OutdialError('NOT_FOUND', `there is no recording ${name} of the call ${id} here`);
}
