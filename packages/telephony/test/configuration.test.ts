import type { OutdialError } from '@outdial/contract';
import { describe, expect, it } from 'vitest';
import { parseTelephonyConfiguration } from '../src/configuration.js';

const SERVERS = {
  drachtio: [{ host: '127.0.0.1', secret: 'x' }],
  freeswitch: [{ host: '127.0.0.1', secret: 'x' }],
};

describe('the configuration', () => {
  it('has defaults that allow no destination', () => {
    expect(parseTelephonyConfiguration(SERVERS)).toMatchObject({
      drachtio: [{ port: 9022 }],
      media: 'auto',
      freeswitch: [{ port: 8021, profile: 'drachtio_mrf' }],
      trunks: [],
      routes: [],
      allowedSipHosts: [],
      followRedirectsTo: [],
      defaultCodecs: 'g711a;g711u',
      audioFork: { port: 0 },
    });
  });

  it.each([
    ['drachtio', { drachtio: [] }],
    ['freeswitch', { media: 'freeswitch', freeswitch: [] }],
    ['media', { media: 'none' }],
    ['defaultCodecs', { media: 'worker', defaultCodecs: 'g722' }],
    ['rtp.listenHost', { rtp: { listenHost: 'worker' } }],
    ['rtp.ports', { rtp: { ports: [20_001, 20_002] } }],
    ['rtp.ports.0', { rtp: { ports: [80, 90] } }],
    ['rtp.threads', { rtp: { threads: 0 } }],
    [
      'trunks.0.srtp',
      { media: 'freeswitch', trunks: [{ name: 'a', address: 'x', callerIds: 'any', srtp: 'required' }] },
    ],
    [
      'trunks.0.srtp',
      { media: 'worker', trunks: [{ name: 'a', address: 'x', callerIds: 'any', srtp: 'yes' }] },
    ],
    ['trunks.0.callerIds', { trunks: [{ name: 'a', address: 'x' }] }],
    ['trunks.0.address', { trunks: [{ name: 'a', address: 'x;lr', callerIds: 'any' }] }],
    [
      'trunks.0.headers.X-A',
      { trunks: [{ name: 'a', address: 'x', callerIds: 'any', headers: { 'X-A': 'a\r\nB: c' } }] },
    ],
    ['trunks.1.name', { trunks: ['a', 'a'].map((name) => ({ name, address: 'x', callerIds: 'any' })) }],
    ['routes.0.transport', { routes: [{ host: 'lab', address: 'x', transport: 'sctp' }] }],
    ['audioFork.publicUrl', { audioFork: { publicUrl: 'http://x' } }],
    ['defaultCodecs', { defaultCodecs: 'mp3' }],
    ['', { trunk: [] }],
  ])('names the broken field %j', (path, broken) => {
    expect(() => parseTelephonyConfiguration({ ...SERVERS, ...broken })).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIGURATION',
        issues: expect.arrayContaining([expect.objectContaining({ path })]),
      }),
    );
  });

  it.each([
    ['::1', '[::1]'],
    ['[::1]', '[::1]'],
    ['fe80::1', '[fe80::1]'],
    ['sip.example.com', 'sip.example.com'],
    ['192.0.2.1', '192.0.2.1'],
  ])('takes the server %s', (host, normal) => {
    const servers = { drachtio: [{ host, secret: 'x' }], freeswitch: [{ host, secret: 'x' }] };
    expect(parseTelephonyConfiguration(servers)).toMatchObject({
      drachtio: [{ host: normal }],
      freeswitch: [{ host: normal }],
    });
  });

  it.each([
    ['::1', '[::1]'],
    ['[::1]', '[::1]'],
    ['[::1]:5060', '[::1]:5060'],
    ['2001:db8::5060', '[2001:db8::5060]'],
    ['192.0.2.1:5060', '192.0.2.1:5060'],
    ['sip.example.com:5060', 'sip.example.com:5060'],
  ])('takes the SIP address %s', (address, normal) => {
    const routes = [{ host: 'lab', address }];
    expect(parseTelephonyConfiguration({ ...SERVERS, routes }).routes[0]?.address).toBe(normal);
  });

  it.each(['::g', '[::1', 'a b', 'x:y', '1:2:3', ':5060', ''])('refuses the SIP address %j', (address) => {
    expect(() => parseTelephonyConfiguration({ ...SERVERS, routes: [{ host: 'lab', address }] })).toThrow(
      expect.objectContaining({ issues: [expect.objectContaining({ path: 'routes.0.address' })] }),
    );
  });
});

it('an error shows no secret, whatever is misspelt beside it', () => {
  const server = { host: 'a', secrt: 'tops3cret' };
  const trunk = { nam: 'a', address: 'b', credentials: { username: 'u', password: 'tops3cret' } };
  try {
    parseTelephonyConfiguration({ drachtio: [server], freeswitch: 'a:8021:tops3cret', trunks: [trunk] });
    expect.unreachable();
  } catch (error) {
    const { message, issues } = error as OutdialError;
    expect(`${message} ${JSON.stringify(issues)}`).not.toContain('tops3cret');
    expect(message).toContain('drachtio.0: has unknown fields: secrt');
  }
});
