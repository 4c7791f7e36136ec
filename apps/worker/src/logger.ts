import { maskNumbers } from '@outdial/contract';
import { type Logger, pino } from 'pino';

/** Fields that identify a call and carry no number of a person: they stay whole, so that logs can be joined. */
const KEPT_WHOLE = new Set(['jobId', 'callId', 'workerId', 'address', 'time']);

/**
 * The worker's logger: JSON lines on standard error (standard output belongs to the commands), with every
 * telephone number masked. At `debug` and below numbers are left whole.
 */
export function createLogger(level: string): Logger {
  const masks = !['debug', 'trace'].includes(level);
  return pino(
    {
      level,
      base: null,
      ...(masks && {
        formatters: { log: (fields) => maskFields(fields) as Record<string, unknown> },
        hooks: {
          logMethod(args, method) {
            method.apply(
              this,
              args.map((arg) => (typeof arg === 'string' ? maskNumbers(arg) : arg)) as Parameters<
                typeof method
              >,
            );
          },
        },
      }),
    },
    pino.destination({ fd: 2, sync: false }),
  );
}

/** A copy of `value` in which every string has its numbers masked; errors keep name, code, message and stack. */
export function maskFields(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskNumbers(value);
  if (typeof value !== 'object' || value === null || depth > 4) return value;
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
