import { parseWorkerConfiguration, startWorker } from '../../dist/index.js';
import { serve } from '../child.mjs';
import { EventLoopDelay } from '../event-loop-delay.mjs';
import { endLeftOut, leaveLedgerOut } from '../ledger-left-out.mjs';
import { RedisCommands } from '../redis-commands.mjs';
import { cpuMs, memory } from '../usage.mjs';

/** @type {import('../../dist/index.js').OutdialWorker} */
let worker;
const commands = new RedisCommands();
const delay = new EventLoopDelay();

serve({
  /** @param {{ configuration: { redis: { url: string, prefix: string } }, withLedger: boolean }} options */
  async start({ configuration, withLedger }) {
    if (!withLedger) leaveLedgerOut(configuration.redis);
    worker = await startWorker(parseWorkerConfiguration(configuration));
    const health = `http://127.0.0.1:${worker.healthPort}`;
    while (!(await fetch(`${health}/readyz`).then((response) => response.ok))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { health };
  },
  cpuMs,
  commands: () => commands.take(),
  startDelay: () => delay.start(),
  stopDelay: () => delay.stop(),
  memory,
  /** Ends every call that is up, and the worker. */
  async stop() {
    await worker.drain();
    endLeftOut();
  },
});
