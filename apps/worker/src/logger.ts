import { maskNumbers } from '@outdial/contract';
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';

/** Fields that identify a call and carry no number of a person: they stay whole, so that logs can be joined. */
const KEPT_WHOLE = new Set(['jobId', 'callId', 'workerId', 'address', 'time']);
/** What lies deeper in a field is left out: nobody looks for it there, and a number might. */
const DEPTH_MAX = 5;
const TOO_DEEP = '[too deep]';

const MASKING: LoggerOptions = {
  hooks: {
    // Before pino sees them: it would take the message of a line that has none from the error as it is.
    logMethod(args, method) {
      const [first, ...others] = args;
      const masked = [first instanceof Error ? { err: first } : first, ...others].map((arg) =>
        maskFields(arg),
      );
      method.apply(this, masked as Parameters<typeof method>);
    },
  },
  // By then a plain object, which pino's own serializer would give the type of.
  serializers: { err: (err) => err },
};

/**
 * The worker's logger: JSON lines on standard error (standard output belongs to the commands), with every
 * telephone number masked. At `debug` and below numbers are left whole. What a child logger is bound to is written
 * as it is: bind ids and addresses alone.
 */
export function createLogger(
  level: string,
  destination: DestinationStream = pino.destination({ fd: 2, sync: false }),
): Logger {
  const masks = !['debug', 'trace'].includes(level);
  return pino({ level, base: null, ...(masks && MASKING) }, destination);
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
