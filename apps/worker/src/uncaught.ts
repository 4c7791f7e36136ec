import type { Logger } from 'pino';

/** Where exceptions come from that nobody can catch: listeners inside drachtio's libraries. */
const LIBRARIES = /node_modules[\\/](?:drachtio-srf|drachtio-fsmrf|drachtio-modesl)[\\/]/;

/**
 * Keeps a worker running when drachtio's libraries throw out of a listener of their own, as they do when a
 * server stops in the middle of a reply or messages get mixed up under overload: what they were doing then
 * belongs to one call or one connection, and those are watched by time limits. Anything else uncaught ends
 * the process with status 1, after it was logged; another worker then takes its calls over.
 */
export function surviveLibraryThrows(logger: Logger): void {
  process.on('uncaughtException', (error: unknown) => {
    const isOfLibrary = error instanceof Error && (LIBRARIES.test(error.stack ?? '') || isPortTaken(error));
    logger.fatal(
      { err: error },
      isOfLibrary ? 'drachtio library threw; the worker goes on' : 'uncaught; the worker ends',
    );
    if (!isOfLibrary) process.exit(1);
  });
}

/**
 * drachtio-fsmrf listens without hearing of errors, and two of its media servers may want FreeSWITCH's `listenPort` at once
 * for a moment, when one was given up as too slow. The later fails within a second, and is tried again.
 */
function isPortTaken(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EADDRINUSE' && error.syscall === 'listen';
}
