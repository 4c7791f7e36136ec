import { deferred } from './deferred.js';

/** The promise, or an error that says what took longer than `limitMs`. For promises that may never settle. */
export async function within<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
  const { promise: limit, reject } = deferred<never>();
  const timer = setTimeout(() => reject(new Error(`${what} took longer than ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
