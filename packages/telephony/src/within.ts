import { deferred } from './deferred.js';

/**
 * The promise, or an error that says what took longer than `limitMs`. For promises that may never settle. When it was
 * this process that was held up, what has come in meanwhile is read before the time is called.
 */
export async function within<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
  const { promise: limit, reject } = deferred<never>();
  const callTime = () => reject(new Error(`${what} took longer than ${limitMs} ms`));
  // A turn of the event loop runs timers first, then what has come in, then this.
  const timer = setTimeout(() => setImmediate(callTime), limitMs);
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
