import { EXIT } from './exit-status.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Observes the signals that ask the process to stop, until it is closed. */
export interface Interruption {
  /** Aborted at the first signal. */
  readonly signal: AbortSignal;
  /** Called at the second signal, in the place of ending the process. */
  onSecond(listener: () => void): void;
  close(): void;
}

/** While an interruption is open, SIGINT, SIGTERM and SIGHUP do not end the process. */
export function openInterruption(): Interruption {
  const controller = new AbortController();
  // What the first signal waits for may never come: a Redis that is gone, say.
  let secondListener: () => void = () => process.exit(EXIT.failed);
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
    close() {
      for (const name of SIGNALS) process.off(name, listener);
    },
  };
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
