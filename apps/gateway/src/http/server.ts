import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { OutdialError } from '@outdial/contract';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  fastify,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
} from 'fastify';
import type { Logger } from 'pino';
import type { GatewayConfiguration } from '../config/configuration.js';
import { type Problem, problemHeaders, toProblem } from './problem.js';
import { useZod, type ZodTypeProvider } from './zod-provider.js';

/** The HTTP server, whose routes are typed by their zod schemas. */
export type App = FastifyInstance<
  Server,
  RawRequestDefaultExpression<Server>,
  RawReplyDefaultExpression<Server>,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** A request's head has so long to arrive, and a connection without any traffic stays open for so long. */
const HEAD_WITHIN_MS = 10_000;
const IDLE_MS = 60_000;
/** The longest upload. */
const REQUEST_WITHIN_MS = 3_600_000;
/** What is in a path: job ids are at most 128 characters, which may be escaped. */
const PARAMETER_LENGTH_MAX = 1024;

/** Headers of every answer. Nothing of the API may be framed, sniffed or cached. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Makes the server, without routes. Throws `INVALID_CONFIGURATION` for TLS files that cannot be used. */
export function createServer({ gateway }: GatewayConfiguration, logger: Logger): App {
  const { tls, trustProxy, bodyBytesMax } = gateway;
  const limits = { headersTimeout: HEAD_WITHIN_MS, requestTimeout: REQUEST_WITHIN_MS, maxHeaderSize: 16_384 };
  const options = {
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestIdHeader: false as const,
    trustProxy: trustProxy.length === 0 ? false : trustProxy,
    bodyLimit: bodyBytesMax,
    connectionTimeout: IDLE_MS,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle' as const,
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    onProtoPoisoning: 'error' as const,
    onConstructorPoisoning: 'error' as const,
    frameworkErrors: (error: unknown, request: { id: string }, reply: unknown) => {
      answerProblem(error, request.id, reply as FastifyReply);
    },
  };
  const app =
    tls === undefined
      ? fastify({ ...options, http: limits })
      : (fastify({ ...options, https: { ...limits, ...readTls(tls) } }) as unknown as FastifyInstance);
  useZod(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS).header('request-id', request.id);
    const encoding = request.headers['content-encoding'];
    // What is compressed may be larger than any limit that is held against its bytes.
    if (encoding !== undefined && encoding !== 'identity')
      throw new OutdialError('UNSUPPORTED_TYPE', 'a body is not to be compressed');
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = answerProblem(error, request.id, reply);
    if (problem.code === 'INTERNAL') logger.error({ err: error, requestId: request.id }, 'request failed');
  });
  app.setNotFoundHandler((request) => {
    const [path] = request.url.split('?');
    throw new OutdialError('NOT_FOUND', `there is no ${request.method} ${path?.slice(0, 200)}`);
  });
  return app.withTypeProvider<ZodTypeProvider>();
}

function answerProblem(error: unknown, requestId: string, reply: FastifyReply): Problem {
  const problem = toProblem(error, requestId);
  reply.code(problem.status);
  reply.headers(problemHeaders(error));
  reply.type('application/problem+json');
  reply.send(JSON.stringify(problem));
  return problem;
}

function readTls({ certificateFile, keyFile }: { certificateFile: string; keyFile: string }): {
  cert: Buffer;
  key: Buffer;
} {
  const read = (path: string, field: string) => {
    try {
      return readFileSync(path);
    } catch (error) {
      const message = `cannot be read: ${(error as Error).message}`;
      throw new OutdialError('INVALID_CONFIGURATION', `gateway.tls.${field}: ${message}`, {
        issues: [{ path: `gateway.tls.${field}`, message }],
        cause: error,
      });
    }
  };
  return { cert: read(certificateFile, 'certificateFile'), key: read(keyFile, 'keyFile') };
}
