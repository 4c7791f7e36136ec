import { PassThrough, type Readable } from 'node:stream';
import type { CallQueue } from '@outdial/client';
import { type CallJob, type CallJobInput, type FieldIssue, OutdialError } from '@outdial/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { GatewayConfiguration } from '../config/configuration.js';
import { callerOf, checkLaneOf, isForLane } from '../http/authorize.js';
import { toProblem } from '../http/problem.js';
import type { App } from '../http/server.js';
import { withoutOthers } from './call-access.js';
import { bulkQuery, type PlacedCalls, placedCallsSchema } from './call-schemas.js';
import type { Spool } from './spool.js';
import { receiveUpload } from './upload.js';

const FORMATS = { 'text/csv': 'csv', 'application/x-ndjson': 'ndjson' } as const;
/** Between two lines that tell of the progress. */
const PROGRESS_MS = 250;

/** `POST /v1/calls/bulk`: calls as a JSON list, or as a file that is read while it arrives. */
export function bulkRoutes(
  app: App,
  { queue, gateway }: { queue: CallQueue; gateway: GatewayConfiguration['gateway'] },
): void {
  // The limit is held while the file is read.
  for (const type of Object.keys(FORMATS))
    app.addContentTypeParser(type, { bodyLimit: Number.MAX_SAFE_INTEGER }, (_, body, done) =>
      done(null, body),
    );

  app.post(
    '/v1/calls/bulk',
    {
      schema: { querystring: bulkQuery, response: { 201: placedCallsSchema } },
      config: {
        notes: {
          operation: 'placeCalls',
          summary: 'Place many calls',
          description:
            'All of them are checked before the first is queued: one that is invalid, or whose id was queued with another content, and none is. A file is read while it arrives. With `Accept: application/x-ndjson` the progress of queueing is told line by line, the last line being what the JSON answer would be, or a problem. After a lost connection send the same again: with ids, or `idPrefix`, the calls are the same.',
          tag: 'Calls',
          scope: 'calls:write',
          activity: 'calls',
          errors: ['INVALID_JOB', 'ID_CONFLICT', 'TOO_LARGE', 'UNSUPPORTED_TYPE', 'QUEUE_UNAVAILABLE'],
          bodies: {
            'application/json': 'A list of call jobs',
            'text/csv': 'CSV with a header row, as `outdial enqueue` takes it',
            'application/x-ndjson': 'A call job in each line',
          },
        },
      },
    },
    async (request, reply) => {
      const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
      if (!(type in FORMATS)) return placeList(queue, request, reply);
      const { check, lane, label, idPrefix, idColumn } = request.query;
      const spool = await receiveUpload(request.body as Readable, FORMATS[type as keyof typeof FORMATS], {
        limits: gateway.upload,
        idPrefix,
        idColumn,
        fields: { ...(lane !== undefined && { lane }), ...(label !== undefined && { label }) },
        defaultCountry: gateway.defaultCountry,
        refuse: (job) => laneIssue(request, job),
      });
      request.target = `${spool.jobs} calls${idPrefix === undefined ? '' : ` ${idPrefix}`}`;
      if (check) {
        await spool[Symbol.asyncDispose]();
        return reply.send({ jobs: spool.jobs, queued: 0, before: 0, warnings: [] });
      }
      const tellsProgress = /application\/x-ndjson/.test(request.headers.accept ?? '');
      if (tellsProgress)
        return reply.type('application/x-ndjson').send(placeTelling(queue, spool, request) as never);
      return reply.code(201).send(await placeSpool(queue, spool, request));
    },
  );
}

async function placeList(queue: CallQueue, request: FastifyRequest, reply: FastifyReply) {
  const parsed = z.array(z.unknown()).safeParse(request.body);
  if (!parsed.success)
    throw new OutdialError('INVALID_REQUEST', 'the body is a list of call jobs', {
      issues: [{ path: '', message: 'must be a list' }],
    });
  const inputs = parsed.data as CallJobInput[];
  if (callerOf(request).lanes !== null)
    for (const input of inputs) checkLaneOf(request, queue.validate(input).lane);
  request.target = `${inputs.length} calls`;
  const queued = await queue.addBulk(inputs).catch((error) => {
    throw withoutOthers(error, request);
  });
  const before = queued.filter(({ wasQueuedBefore }) => wasQueuedBefore).length;
  const warnings = [...new Set(queued.flatMap((job) => job.warnings))];
  const ids = queued.map(({ id }) => id);
  return reply.code(201).send({ jobs: ids.length, queued: ids.length - before, before, ids, warnings });
}

function laneIssue(request: FastifyRequest, { lane }: CallJob): FieldIssue | null {
  if (isForLane(callerOf(request), lane)) return null;
  return { path: 'lane', message: 'this API key is not for this lane', value: lane };
}

/** Queues the jobs of a file, and removes it. */
async function placeSpool(
  queue: CallQueue,
  spool: Spool,
  request: FastifyRequest,
  onProgress: (queued: number) => void = () => undefined,
): Promise<PlacedCalls> {
  await using file = spool;
  const lanes = new Set<string>();
  const read = async function* () {
    for await (const jobs of file.read()) {
      for (const { lane } of jobs) lanes.add(lane);
      yield jobs;
    }
  };
  const { jobs, before } = await queue.addChunks(read, { onProgress }).catch((error) => {
    throw withoutOthers(error, request);
  });
  const warnings = (await Promise.all([...lanes].map((lane) => queue.warningsOf(lane)))).flat();
  return { jobs, queued: jobs - before, before, warnings };
}

/** Lines of JSON: `progress` now and then, and `done` or `problem` in the end. The client may leave; the jobs are queued. */
function placeTelling(queue: CallQueue, spool: Spool, request: FastifyRequest): Readable {
  const lines = new PassThrough();
  const tell = (line: object) => {
    if (!lines.destroyed) lines.write(`${JSON.stringify(line)}\n`);
  };
  let toldAt = 0;
  const onProgress = (queued: number) => {
    if (Date.now() - toldAt < PROGRESS_MS) return;
    toldAt = Date.now();
    tell({ type: 'progress', queued, jobs: spool.jobs });
  };
  onProgress(0);
  placeSpool(queue, spool, request, onProgress)
    .then(
      (placed) => tell({ type: 'done', ...placed }),
      (error) => tell({ type: 'problem', problem: toProblem(error, request.id) }),
    )
    .finally(() => lines.end());
  return lines;
}
