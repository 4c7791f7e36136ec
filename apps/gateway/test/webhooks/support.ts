import { type Behaviour, startReceiver } from '@outdial/testkit';
import type { GatewayConfigurationInput } from '../../src/config/configuration.js';
import type { OutdialGateway } from '../../src/gateway.js';
import { useGateway } from '../support.js';

/** Attempts that follow each other at once. */
const QUICK = { allowedNetworks: ['127.0.0.0/8'], backoffSeconds: 0.01, backoffMaxSeconds: 0.05 };

/** Gateways that may deliver to receivers on this machine, and those receivers. */
export function useWebhooks() {
  const gateways = useGateway();
  return {
    gateways,
    start: (
      webhooks: NonNullable<GatewayConfigurationInput['gateway']>['webhooks'] = {},
      log?: (line: Record<string, unknown>) => void,
    ) => gateways.start({ webhooks: { ...QUICK, ...webhooks } }, log),
    async receiver(behave?: Behaviour) {
      const receiver = await startReceiver(behave);
      gateways.onEnd(receiver.close);
      return receiver;
    },
    /** Creates a webhook, and answers it with its secret. */
    async create(gateway: OutdialGateway, body: Record<string, unknown>) {
      const { status, body: created } = await gateways.ask(gateway, '/v1/webhooks', { body });
      if (status !== 201) throw new Error(`${status}: ${JSON.stringify(created)}`);
      return created as { id: string; secret: string };
    },
    async read(gateway: OutdialGateway, id: string) {
      return (await gateways.ask(gateway, `/v1/webhooks/${id}`)).body;
    },
    async deliveries(gateway: OutdialGateway, id: string) {
      const { body } = await gateways.ask(gateway, `/v1/webhooks/${id}/deliveries`);
      return body.deliveries as Array<Record<string, unknown>>;
    },
  };
}
