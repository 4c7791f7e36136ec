import { OutdialError } from '@outdial/contract';

/** ioredis says so of a connection that was closed on purpose: it never opens again. */
const CLOSED = 'Connection is closed.';
/** A key holds what Outdial does not put there: the same step meets the same key. */
const WRONG_TYPE = /^WRONGTYPE /;

/**
 * Whether a step against Redis that failed may succeed when it is repeated. Redis may be away, loading, full or
 * read-only; but a bug of ours, or a record that cannot be read (both TypeErrors, SyntaxErrors or RangeErrors), stays.
 */
export function isRetryable(error: unknown): boolean {
  if (error instanceof OutdialError) return error.retryable;
  if (error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError) return false;
  return !(error instanceof Error) || (error.message !== CLOSED && !WRONG_TYPE.test(error.message));
}
