/** Milliseconds of processor time that this process has used. */
export function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Bytes that this process holds, once its garbage is collected (it runs with `--expose-gc`). */
export function memory() {
  // The second pass takes what the finalizers of the first let go.
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heapUsed };
}
