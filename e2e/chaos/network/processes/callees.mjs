/** The lab's callees in a process of their own: they keep their record through every fault. */
import { startCallees } from '@outdial/lab';
import { serve } from './serve.mjs';

/** @type {Awaited<ReturnType<typeof startCallees>>} */
let callees;

serve({
  start: async (logFile) => {
    callees = await startCallees({ logFile });
    return callees.sipAddress;
  },
  callCount: () => callees.callCount,
  /** Their log is complete once they have stopped. */
  close: () => callees.close(),
});
