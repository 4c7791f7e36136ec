/** Milliseconds, the same in every process of a run. */
export function clockMs() {
  return performance.timeOrigin + performance.now();
}
