const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Counts the signals that ask the process to stop, until it is disposed of. */
export interface Interruption {
  /** Aborted at the first signal. */
  readonly signal: AbortSignal;
  /** Called at the second signal. */
  onSecond(listener: () => void): void;
  dispose(): void;
}

/** While this is open, Ctrl-C and SIGTERM do not end the process by themselves. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  let secondListener = () => {};
  const listener = () => {
    if (controller.signal.aborted) secondListener();
    else controller.abort();
  };
  for (const name of SIGNALS) process.on(name, listener);
  return {
    signal: controller.signal,
    onSecond(onSecond) {
      secondListener = onSecond;
    },
    dispose() {
      for (const name of SIGNALS) process.off(name, listener);
    },
  };
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
