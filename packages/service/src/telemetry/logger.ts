import { maskNumbers } from '@outdial/contract';
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { RepeatedLines } from './repeated-lines.js';

/** Fields that identify a call and carry no number of a person: they stay whole, so that logs can be joined. */
const KEPT_WHOLE = new Set(['jobId', 'callId', 'workerId', 'address', 'time']);
/** Lines are written together: with one a call, to write each by itself took a twentieth of a busy worker's time. */
const WRITTEN_AT_ONCE_BYTES = 4096;
const WRITTEN_WITHIN_MS = 100;
/** What is nested more deeply is left out of the log: it may hold a number. */
const DEPTH_MAX = 5;
const TOO_DEEP = '[too deep]';

/** Numbers are masked, and lines that repeat a failure are left out. */
function forOperators(): LoggerOptions {
  const repeated = new RepeatedLines();
  return {
    hooks: {
      // Before pino sees them: it would take the message of a line that has none from the error as it is.
      logMethod(args, method) {
        const [first, ...others] = args;
        const write = (...parts: readonly unknown[]) => {
          const masked = parts.map((part) => maskFields(part));
          method.apply(this, masked as Parameters<typeof method>);
        };
        const fields: unknown = first instanceof Error ? { err: first } : first;
        const error = errorOf(fields);
        const [message] = others;
        const summarize = (times: number) => write({ err: error, repeated: times }, message);
        if (error !== null && repeated.isRepeated(String(message ?? ''), error, summarize)) return;
        write(fields, ...others);
      },
    },
    // By then a plain object, which pino's own serializer would give the type of.
    serializers: { err: (err) => err },
  };
}

function errorOf(fields: unknown): Error | null {
  const { err } = (typeof fields === 'object' && fields !== null ? fields : {}) as { err?: unknown };
  return err instanceof Error ? err : null;
}

/**
 * The worker's logger: JSON lines on standard error (standard output belongs to the commands), written within 100 ms and when the
 * process exits, with every telephone number masked, and the same failure written once in 10 s, with how often it was `repeated` after it. At `debug` and
 * below numbers are left whole, and every line is written. What a child logger is bound to is written
 * as it is: bind ids and addresses alone.
 */
export function createLogger(
  level: string,
  destination: DestinationStream = pino.destination({
    fd: 2,
    sync: false,
    minLength: WRITTEN_AT_ONCE_BYTES,
    periodicFlush: WRITTEN_WITHIN_MS,
  }),
): Logger {
  const isForDevelopers = ['debug', 'trace'].includes(level);
  return pino({ level, base: null, ...(!isForDevelopers && forOperators()) }, destination);
}

/** A copy of `value` in which every string has its numbers masked; errors keep name, code, message and stack. */
function maskFields(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskNumbers(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return TOO_DEEP;
  if (value instanceof Error) {
    const code = 'code' in value ? { code: value.code } : {};
    return {
      type: value.name,
      message: maskNumbers(value.message),
      ...code,
      stack: maskNumbers(value.stack ?? ''),
    };
  }
  if (Array.isArray(value)) return value.map((item) => maskFields(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      KEPT_WHOLE.has(key) ? item : maskFields(item, depth + 1),
    ]),
  );
}
