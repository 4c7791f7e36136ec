// biome-ignore-all lint/suspicious/noConsole: it is what is captured
import { format } from 'node:util';
import type { Logger } from 'pino';

const LEVELS = {
  debug: 'debug',
  info: 'info',
  log: 'info',
  warn: 'warn',
  error: 'warn',
  trace: 'debug',
} as const;

/**
 * Sends what libraries print with `console`, and Node's own warnings, to the log, so that all lines of the log have one
 * format. Returns a function that undoes it.
 */
export function captureConsole(logger: Logger): () => void {
  const methods = Object.keys(LEVELS) as Array<keyof typeof LEVELS>;
  const originals = methods.map((method) => [method, console[method]] as const);
  for (const method of methods) {
    console[method] = (...args: unknown[]) =>
      logger[LEVELS[method]]({ source: 'console' }, format(...args).trim());
  }
  const listeners = process.listeners('warning');
  process.removeAllListeners('warning');
  const onWarning = (warning: Error) => logger.warn({ err: warning, source: 'node' }, warning.message);
  process.on('warning', onWarning);
  return () => {
    for (const [method, original] of originals) console[method] = original;
    process.off('warning', onWarning);
    for (const listener of listeners) process.on('warning', listener);
  };
}
