import { parseGatewayConfiguration, startGateway } from '@outdial/gateway';
import { serve } from '../child.mjs';
import { memory } from '../usage.mjs';

/** The gateway under measurement, in a process of its own. */

/** @type {import('@outdial/gateway').OutdialGateway | null} */
let gateway = null;

serve({
  /** @param {{ redis: string, prefix: string, webhooks?: Record<string, unknown> }} options */
  async start({ redis, prefix, webhooks = {} }) {
    gateway = await startGateway(
      parseGatewayConfiguration({
        redis: { url: redis, prefix },
        gateway: { port: 0, webhooks },
        logLevel: 'error',
      }),
    );
    const { text } = await gateway.keys.create({ name: 'bench', scopes: ['admin'] });
    return { url: gateway.url, key: text };
  },
  memory,
  async close() {
    await gateway?.close();
  },
});
