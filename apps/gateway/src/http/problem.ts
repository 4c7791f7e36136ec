import { ERROR_CODES, type ErrorCode, OutdialError } from '@outdial/contract';
import { z } from 'zod';
import { RateLimitedError } from '../keys/api-keys.js';

/** The HTTP status of each code that the API answers with. */
export const STATUS_OF = {
  INVALID_JOB: 400,
  INVALID_REQUEST: 400,
  INVALID_CONFIGURATION: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  JOB_NOT_FOUND: 404,
  NOT_FOUND: 404,
  ID_CONFLICT: 409,
  TOO_LARGE: 413,
  UNSUPPORTED_TYPE: 415,
  RANGE_INVALID: 416,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  QUEUE_UNAVAILABLE: 503,
} as const satisfies Partial<Record<ErrorCode, number>>;
export type ProblemCode = keyof typeof STATUS_OF;

/** zod: why a request was refused (RFC 9457). */
export const problemSchema = z.object({
  /** Where the code is explained. */
  type: z.url(),
  /** What the code means. */
  title: z.string(),
  status: z.number().int(),
  /** What was wrong with this request. */
  detail: z.string(),
  code: z.enum(Object.keys(STATUS_OF) as [ProblemCode, ...ProblemCode[]]),
  /** The invalid fields: path, reason, and value where there is one. */
  issues: z.array(z.object({ path: z.string(), message: z.string(), value: z.json().optional() })),
  /** The same request may succeed later. */
  retryable: z.boolean(),
  /** The request's id, which the gateway's log has too. */
  requestId: z.string(),
});
export type Problem = z.infer<typeof problemSchema>;

const EXPLAINED_AT = 'https://github.com/outdial/outdial/blob/main/docs/errors.md';

/** An error as it is answered. What is no error of the API is `INTERNAL`, and tells nothing of itself. */
export function toProblem(error: unknown, requestId: string): Problem {
  const known = toOutdialError(error);
  const code = known.code in STATUS_OF ? (known.code as ProblemCode) : 'INTERNAL';
  const isInternal = code === 'INTERNAL';
  return {
    type: `${EXPLAINED_AT}#${code}`,
    title: ERROR_CODES[code],
    status: STATUS_OF[code],
    detail: isInternal ? `the gateway's log has what happened, under this request's id` : known.message,
    code,
    issues: isInternal ? [] : known.issues.map((issue) => ({ ...issue }) as Problem['issues'][number]),
    retryable: known.retryable,
    requestId,
  };
}

/** Headers that go along with a problem. */
export function problemHeaders(error: unknown): Record<string, string> {
  if (error instanceof RateLimitedError) return { 'retry-after': String(error.retryAfterSeconds) };
  const isUnauthorized = error instanceof OutdialError && error.code === 'UNAUTHORIZED';
  return isUnauthorized ? { 'www-authenticate': 'Bearer realm="outdial"' } : {};
}

/** Fastify's own errors, by its codes and statuses, as errors of ours. */
function toOutdialError(error: unknown): OutdialError {
  if (error instanceof OutdialError) return error;
  const { code, statusCode, message } = (error ?? {}) as {
    code?: string;
    statusCode?: number;
    message?: string;
  };
  const refuse = (as: ProblemCode, reason: string) => new OutdialError(as, reason, { cause: error });
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return refuse('TOO_LARGE', 'the body is larger than is taken here');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return refuse('UNSUPPORTED_TYPE', 'a body of this Content-Type is not taken here');
  if (statusCode === 413) return refuse('TOO_LARGE', 'the request is larger than is taken');
  if (statusCode === 414) return refuse('INVALID_REQUEST', 'the address is too long');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return refuse(
      'INVALID_REQUEST',
      error instanceof SyntaxError ? 'the body is not JSON' : (message ?? 'invalid'),
    );
  return refuse('INTERNAL', message ?? 'unknown');
}
