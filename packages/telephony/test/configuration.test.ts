import { describe, expect, it } from 'vitest';
import { parseTelephonyConfiguration } from '../src/configuration.js';

const SERVERS = {
  drachtio: [{ host: '127.0.0.1', secret: 'x' }],
  freeswitch: [{ host: '127.0.0.1', secret: 'x' }],
};

describe('the configuration', () => {
  it('fills in defaults that dial nobody unasked', () => {
    expect(parseTelephonyConfiguration(SERVERS)).toMatchObject({
      drachtio: [{ port: 9022 }],
      freeswitch: [{ port: 8021, listenAddress: '127.0.0.1', profile: 'drachtio_mrf' }],
      trunks: [],
      routes: [],
      allowedSipHosts: [],
      followRedirectsTo: [],
      defaultCodecs: 'g711a;g711u',
      audioFork: { listenHost: '127.0.0.1', port: 0 },
    });
  });

  it.each([
    ['drachtio', { drachtio: [] }],
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
});
