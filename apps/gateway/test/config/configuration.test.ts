import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadGatewayConfiguration, parseGatewayConfiguration } from '../../src/config/configuration.js';

const folder = mkdtempSync(join(tmpdir(), 'outdial-gateway-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

function load(file: string, env: NodeJS.ProcessEnv = {}) {
  const path = join(folder, 'outdial.yaml');
  writeFileSync(path, file);
  return loadGatewayConfiguration({ OUTDIAL_CONFIG: path, ...env });
}

describe('the configuration of a gateway', () => {
  it('comes from its sections of a file that is the worker’s too, and the environment comes first', () => {
    const file =
      'telephony: { drachtio: [] }\nlanes: { a: 1 }\ngateway: { port: 9000, trustProxy: [10.0.0.0/8] }\n';
    expect(
      load(file, { OUTDIAL_GATEWAY_PORT: '9001', OUTDIAL_GATEWAY_HOST: '0.0.0.0' }).gateway,
    ).toMatchObject({
      host: '0.0.0.0',
      port: 9001,
      trustProxy: ['10.0.0.0/8'],
    });
  });

  it('names the file, the line and the field of what is wrong', () => {
    expect(() => load('gateway:\n  trustProxi: []\n')).toThrow(
      /outdial\.yaml:2: gateway\.trustProxi .*did you mean trustProxy/,
    );
    expect(() => load('', { OUTDIAL_CONFIG: undefined, OUTDIAL_GATEWAY_PORT: 'high' })).toThrow(
      /OUTDIAL_GATEWAY_PORT: gateway\.port/,
    );
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', 'gateway.example'])(
    'refuses to be reached at %s in the clear',
    (host) => {
      expect(() => parseGatewayConfiguration({ gateway: { host } })).toThrow(
        /gateway\.host .*must not travel in the clear/,
      );
      const tls = { certificateFile: 'a', keyFile: 'b' };
      expect(parseGatewayConfiguration({ gateway: { host, tls } }).gateway.host).toBe(host);
      expect(parseGatewayConfiguration({ gateway: { host, trustProxy: ['10.0.0.1'] } }).gateway.host).toBe(
        host,
      );
    },
  );

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('may be reached at %s without TLS', (host) => {
    expect(parseGatewayConfiguration({ gateway: { host } }).gateway.host).toBe(host);
  });
});
