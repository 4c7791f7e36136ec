import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseGatewayConfiguration } from '../../src/config/configuration.js';

it('docker-compose.yml configures a gateway that is reached on the port that it publishes, on this machine alone', () => {
  const { services, configs } = parse(
    readFileSync(new URL('../../../../docker-compose.yml', import.meta.url), 'utf8'),
  ) as {
    services: { gateway: { ports: string[] } };
    configs: { gateway: { content: string } };
  };
  const { gateway } = parseGatewayConfiguration(parse(configs.gateway.content));
  expect(gateway.host).toBe('0.0.0.0');
  expect(services.gateway.ports).toEqual([`127.0.0.1:${gateway.port}:${gateway.port}`]);
});
