import { startCallees } from '@outdial/lab';
import { serve } from '../child.mjs';

/**
 * The lab's callees, which send real audio; in a process of their own, as callees are.
 * @type {Awaited<ReturnType<typeof startCallees>>}
 */
let callees;

serve({
  /** @param {{ recordingsDir: string }} options */
  async start(options) {
    callees = await startCallees(options);
    return { address: callees.sipAddress };
  },
  /** When each call's answer was acknowledged, by its Call-ID, in epoch milliseconds. */
  acknowledgements: () =>
    callees.log.requests('ACK', 'in').map(({ callId, timeMs }) => /** @type {const} */ ([callId, timeMs])),
  close: () => callees.close(),
});
