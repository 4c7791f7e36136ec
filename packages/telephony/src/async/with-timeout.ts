import { deferred } from './deferred.js';

/**
 * Settles as the promise does, or rejects after `limitMs` with an error that names `what` took too long. Use it for
 * promises that may never settle. When this process itself was blocked for that long, I/O that has arrived in the
 * meantime is handled before the timeout is applied.
 */
export async function withTimeout<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
  const { promise: limit, reject } = deferred<never>();
  const expire = () => reject(new Error(`${what} took longer than ${limitMs} ms`));
  // The event loop runs timers first, then I/O, then setImmediate.
  const timer = setTimeout(() => setImmediate(expire), limitMs);
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
