import type { Logger } from 'pino';

/** Packages that throw out of listeners of their own, where no caller can catch it. */
const LIBRARIES = /node_modules[\\/](?:drachtio-srf|drachtio-fsmrf|drachtio-modesl)[\\/]/;

/**
 * Keeps a worker running when drachtio's libraries throw out of a listener of their own, as they do when a server stops in
 * the middle of a reply or messages get mixed up under overload: that concerns one call or one connection, and both have
 * time limits. Any other uncaught exception is logged and ends the process with status 1; another worker takes its calls
 * over.
 */
export function handleUncaughtExceptions(logger: Logger): void {
  process.on('uncaughtException', (error: unknown) => {
    const isOfLibrary = error instanceof Error && (LIBRARIES.test(error.stack ?? '') || isPortTaken(error));
    logger.fatal(
      { err: error },
      isOfLibrary ? 'a drachtio library threw; the worker goes on' : 'uncaught exception; the worker exits',
    );
    if (!isOfLibrary) process.exit(1);
  });
}

/**
 * drachtio-fsmrf listens without an error listener, and two of its media servers may want FreeSWITCH's `listenPort` at once
 * for a moment, when one was given up as too slow. The later fails within a second, and is tried again.
 */
function isPortTaken(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EADDRINUSE' && error.syscall === 'listen';
}
