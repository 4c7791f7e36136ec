import { createLogger, loadWorkerConfiguration, startWorker, surviveLibraryThrows } from '@outdial/worker';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { aborted, listenForInterruption } from '../interruption.js';
import { type JsonOption, openOutput } from '../output.js';
import { whenParentIsGone } from '../parent.js';

const ORPHAN_SETTLES_WITHIN_MS = 5000;

/** Runs a worker until it is told to stop. */
export async function runWorker({ json }: JsonOption): Promise<ExitStatus> {
  const output = openOutput({ json, outlivesReader: true });
  const configuration = loadWorkerConfiguration(process.env);
  const interruption = listenForInterruption();
  interruption.onSecond(() => process.exit(EXIT.failed));
  const orphaned = whenOrphaned();
  const logger = createLogger(configuration.logLevel);
  surviveLibraryThrows(logger);
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
    () => `stopping: calls may go on for ${drainSeconds} s; a second signal hangs them up now`,
  );
  const isSettled = await drained;
  output.say(isSettled ? 'all calls are settled' : 'not all is settled; another worker will settle the rest');
  interruption.dispose();
  return isSettled ? EXIT.ok : EXIT.failed;
}

/** Whoever started this worker is gone, and has perhaps taken Redis along: then nothing can be settled any more. */
function whenOrphaned(): Promise<void> {
  return new Promise((resolve) => {
    whenParentIsGone(() => {
      setTimeout(() => process.exit(EXIT.failed), ORPHAN_SETTLES_WITHIN_MS).unref();
      resolve();
    });
  });
}
