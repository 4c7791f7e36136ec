import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { AddressGuard } from '../../src/webhooks/delivery/public-address.js';
import { useWebhooks } from './support.js';

const { gateways, start, receiver, create, read } = useWebhooks();

describe('private addresses', () => {
  it.each(['127.0.0.1', 'localhost', '2130706433', '[::ffff:127.0.0.1]', '0.0.0.0'])(
    'are not called as %s unless that is allowed, though something listens there',
    async (host) => {
      const gateway = await start({ allowedNetworks: [] });
      const hook = await receiver();
      const { id } = await create(gateway, { url: `http://${host}:${hook.port}/` });
      await gateways.happens('one');
      await expect.poll(async () => (await read(gateway, id)).state.lastError).toMatch(/no public address/);
      expect(hook.received).toEqual([]);
    },
  );

  it('are called where they are allowed, by a name too', async () => {
    const gateway = await start({ allowedNetworks: ['127.0.0.1'] });
    const hook = await receiver();
    await create(gateway, { url: `http://localhost:${hook.port}/` });
    await gateways.happens('one');
    await expect.poll(hook.jobs).toEqual(['one']);
  });

  it('are told from public ones', () => {
    const guard = new AddressGuard(['10.1.0.0/16', 'fd00::/8']);
    const refused = [
      ...['0.0.0.0', '10.0.0.1', '100.64.0.1', '127.9.9.9', '169.254.169.254', '172.16.0.1', '192.168.1.1'],
      ...['192.0.2.1', '198.18.0.1', '224.0.0.1', '255.255.255.255', '::', '::1', '::ffff:10.0.0.1'],
      ...['64:ff9b::a00:1', '2002:a00:1::', '2001::1', 'fe80::1', 'fc00::1', 'ff02::1', '2001:db8::1'],
    ];
    for (const address of refused) expect(guard.isPermitted(address), address).toBe(false);
    for (const address of ['8.8.8.8', '2606:4700::1111', '10.1.2.3', '::ffff:10.1.2.3', 'fd12::1'])
      expect(guard.isPermitted(address), address).toBe(true);
  });

  it('are left out of what a name is looked up as, and public ones are not called without TLS', async () => {
    const lookUp = (allowedNetworks: string[], isClear: boolean) =>
      new Promise<LookupAddress[]>((resolve, reject) => {
        const lookup = new AddressGuard(allowedNetworks).lookup({ isClear });
        lookup('localhost', { all: true }, (error, found) =>
          error === null ? resolve(found as unknown as LookupAddress[]) : reject(error),
        );
      });
    await expect(lookUp([], false)).rejects.toThrow(/no public address/);
    await expect(lookUp(['127.0.0.1'], true)).resolves.toEqual([{ address: '127.0.0.1', family: 4 }]);
    const guard = new AddressGuard([]);
    expect(() => guard.checkHost(new URL('http://8.8.8.8/'))).toThrow(/without TLS/);
    expect(() => guard.checkHost(new URL('https://8.8.8.8/'))).not.toThrow();
  });
});
