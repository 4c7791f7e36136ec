import { describe, expect, it } from 'vitest';
import { parseTelephonyConfiguration, type TelephonyConfigurationInput } from '../../src/configuration.js';
import { isPrivateAddress } from '../../src/probe/private-address.js';
import { probeTrunks } from '../../src/probe/trunk-probe.js';
import { logger } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';
import { type Reply, type SeenRequest, startScriptedTrunk } from '../support/scripted-trunk.js';

const network = useNetwork();
const CHALLENGE: Reply = {
  status: '401 Unauthorized',
  lines: ['WWW-Authenticate: Digest realm="r", nonce="n"'],
};

type TrunkInput = Partial<NonNullable<TelephonyConfigurationInput['trunks']>[number]>;

async function probe(trunk: TrunkInput) {
  const { drachtio, freeswitch } = network.servers;
  const configuration = parseTelephonyConfiguration({
    drachtio: [drachtio],
    media: 'freeswitch',
    freeswitch: [freeswitch],
    trunks: [{ name: 't', address: '127.0.0.1:9', callerIds: 'any', ...trunk }],
  });
  const [found] = await probeTrunks(configuration, logger);
  return found;
}

async function answering(answer: (request: SeenRequest) => Reply) {
  const trunk = await startScriptedTrunk(answer);
  network.onEnd(() => trunk.close());
  return trunk;
}

describe('a probe of a trunk', () => {
  it('tells what it answers to OPTIONS, and the address that it is given', async () => {
    const trunk = await answering(() => ({ status: '200 OK', lines: ['Allow: INVITE, BYE'] }));
    expect(await probe({ address: trunk.address })).toEqual({
      trunk: 't',
      isPublic: false,
      name: ['127.0.0.1'],
      connection: null,
      options: { status: 200, reason: 'OK', allow: 'INVITE, BYE' },
      credentials: null,
      contact: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
  });

  it('takes any answer for a sign of life', async () => {
    const trunk = await answering(() => ({ status: '403 Forbidden' }));
    expect(await probe({ address: trunk.address })).toMatchObject({ options: { status: 403 } });
  });

  it('says that nothing listens', async () => {
    expect(await probe({})).toMatchObject({
      options: { problem: expect.stringContaining('could not be sent') },
    });
  });

  it('says that a name has no address, and asks nothing then', async () => {
    expect(await probe({ address: 'trunk.invalid' })).toMatchObject({
      name: { problem: 'trunk.invalid has no address' },
      options: { problem: 'not sent' },
    });
  });

  it.each([
    [
      'accepted',
      (request: SeenRequest) => (request.header('Authorization') ? { status: '200 OK' } : CHALLENGE),
      'accepted',
    ],
    ['refused', () => CHALLENGE, { problem: 'it refused them: OPTIONS was answered with 401 Unauthorized' }],
  ])('tells that its credentials are %s', async (_name, answer, credentials) => {
    const trunk = await answering(answer);
    const account = { username: 'us', password: 'sesame' };
    expect(await probe({ address: trunk.address, credentials: account })).toMatchObject({ credentials });
  });

  it('tries them by a REGISTER that registers nothing, where the trunk asks for registration', async () => {
    const trunk = await answering(({ method, header }) =>
      method === 'OPTIONS' || header('Authorization') ? { status: '200 OK' } : CHALLENGE,
    );
    const account = { username: 'us', password: 'sesame' };
    const found = await probe({ address: trunk.address, credentials: account, register: {} });
    expect(found).toMatchObject({ credentials: 'accepted' });
    const registers = trunk.requests.filter(({ method }) => method === 'REGISTER');
    expect(registers.map((request) => request.header('Contact'))).toEqual([undefined, undefined]);
  });

  it('says that credentials are missing', async () => {
    const trunk = await answering(() => CHALLENGE);
    expect(await probe({ address: trunk.address })).toMatchObject({
      credentials: { problem: 'it asks for credentials, and none are configured' },
    });
  });

  it.each(['tcp', 'tls'] as const)('says that its %s port is closed', async (transport) => {
    const found = await probe({ transport });
    expect(found?.connection).toEqual({ problem: expect.stringContaining('ECONNREFUSED') });
  });
});

it.each([
  ['10.1.2.3', true],
  ['172.31.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['100.64.0.1', true],
  ['127.0.0.1', true],
  ['203.0.113.5', false],
  ['::1', true],
  ['fd00::1', true],
  ['2001:db8::1', false],
])('%s is private: %s', (address, isPrivate) => {
  expect(isPrivateAddress(address)).toBe(isPrivate);
});
