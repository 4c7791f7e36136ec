import { startServers } from '@outdial/testkit';
import { serve } from '../child.mjs';

/**
 * The telephony servers of all measurements, in a process of its own so that the lab does not share the
 * worker's event loop: the lab, or the servers that OUTDIAL_TEST_DRACHTIO and OUTDIAL_TEST_FREESWITCH name.
 * @type {import('@outdial/testkit').Servers}
 */
let servers;

serve({
  async start() {
    servers = await startServers();
    const { drachtio, freeswitch, areReal } = servers;
    return { drachtio, freeswitch, areReal };
  },
  close: () => servers.close(),
});
