import { parseWorkerConfiguration, startWorker } from '@outdial/worker';
import { serve } from '../child.mjs';
import { EventLoopDelay } from '../event-loop-delay.mjs';
import { endLeftOut, leaveLedgerOut } from '../ledger-left-out.mjs';
import { RedisCommands } from '../redis-commands.mjs';
import { cpuMs, memory } from '../usage.mjs';

/** @type {import('@outdial/worker').OutdialWorker} */
let worker;
/** @type {RedisCommands | null} */
let commands = null;
const delay = new EventLoopDelay();

serve({
  /**
   * @param {{ configuration: { redis: { url: string, prefix: string } }, withLedger: boolean, countsCommands:
   *   boolean }} options
   */
  async start({ configuration, withLedger, countsCommands }) {
    if (countsCommands) commands = new RedisCommands();
    if (!withLedger) leaveLedgerOut(configuration.redis);
    worker = await startWorker(parseWorkerConfiguration(configuration));
    const health = `http://127.0.0.1:${worker.healthPort}`;
    while (!(await fetch(`${health}/readyz`).then((response) => response.ok))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { health };
  },
  cpuMs,
  commands: () => commands?.take() ?? {},
  startDelay: () => delay.start(),
  stopDelay: () => delay.stop(),
  memory,
  /** Ends every call that is up, and the worker. */
  async close() {
    await worker.drain();
    endLeftOut();
  },
});
