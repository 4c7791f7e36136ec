import { startEngines } from '@outdial/testkit';
import { serve } from '../child.mjs';

/**
 * The switch of all measurements, in a process of its own so that the lab does not share the worker's event
 * loop: the lab, or the servers that OUTDIAL_TEST_DRACHTIO and OUTDIAL_TEST_FREESWITCH name.
 * @type {import('@outdial/testkit').Engines}
 */
let engines;

serve({
  async start() {
    engines = await startEngines();
    const { drachtio, freeswitch, areReal } = engines;
    return { drachtio, freeswitch, areReal };
  },
  stop: () => engines.stop(),
});
