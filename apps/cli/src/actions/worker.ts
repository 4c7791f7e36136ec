import { captureConsole, createLogger } from '@outdial/service';
import { handleUncaughtExceptions, loadWorkerConfiguration, startWorker } from '@outdial/worker';
import { workerEnvironment } from '../demo/worker-environment.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { aborted, openInterruption } from '../interruption.js';
import { type JsonOption, openOutput } from '../output.js';
import { onParentExit } from '../parent-process.js';

const ORPHAN_SETTLES_WITHIN_MS = 5000;

/** Runs a worker until it is asked to stop. */
export async function runWorker({ json }: JsonOption): Promise<ExitStatus> {
  const output = openOutput({ json, outlivesReader: true });
  const configuration = loadWorkerConfiguration(workerEnvironment(process.env));
  const interruption = openInterruption();
  const orphaned = whenOrphaned();
  const logger = createLogger(configuration.logLevel);
  handleUncaughtExceptions(logger);
  captureConsole(logger);
  const worker = await startWorker(configuration, { logger });
  interruption.onSecond(() => worker.hangUpNow());
  const { workerId, healthPort } = worker;
  await output.record(
    { type: 'ready', workerId, healthPort },
    () =>
      `worker ${workerId} takes jobs; health and metrics at http://${configuration.health.host}:${healthPort}`,
  );
  await Promise.race([aborted(interruption.signal), orphaned]);
  const drained = worker.drain();
  if (!interruption.signal.aborted) worker.hangUpNow();
  const { drainSeconds } = configuration;
  await output.record(
    { type: 'draining', drainSeconds },
    () => `draining: calls can go on for ${drainSeconds} s; a second signal hangs them up now`,
  );
  const isSettled = await drained;
  output.print(
    isSettled ? 'all calls are settled' : 'some calls are not settled; another worker will settle them',
  );
  interruption.close();
  return isSettled ? EXIT.ok : EXIT.failed;
}

/**
 * Resolves when the parent process has ended. Redis may have ended with it, so the process exits even if
 * calls are not settled.
 */
function whenOrphaned(): Promise<void> {
  return new Promise((resolve) => {
    onParentExit(() => {
      setTimeout(() => process.exit(EXIT.failed), ORPHAN_SETTLES_WITHIN_MS).unref();
      resolve();
    });
  });
}
