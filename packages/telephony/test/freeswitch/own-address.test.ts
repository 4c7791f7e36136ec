import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AudioForkServer } from '../../src/freeswitch/audio-fork-server.js';
import { isWildcard, ownAddressTo } from '../../src/media/own-address.js';
import { logger } from '../support/dialling.js';

describe('our own address on the route to a host', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['localhost', expect.stringMatching(/^(?:127\.0\.0\.1|::1)$/)],
  ])('to %s is %s', async (host, own) => {
    expect(await ownAddressTo(host, 8021)).toEqual(own);
  });

  it('is not known for a host without an address', async () => {
    await expect(ownAddressTo('no-such-host.invalid', 8021)).rejects.toThrow();
  });

  it('is never a wildcard', () => {
    expect(['0.0.0.0', '::', '127.0.0.1', '10.0.0.1'].map(isWildcard)).toEqual([true, true, false, false]);
  });
});

describe('the audio fork server', () => {
  const opened: Array<{ close(): unknown }> = [];
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });

  async function urlOf(configuration: { listenHost?: string; publicUrl?: string }): Promise<URL> {
    const server = new AudioForkServer({ port: 0, ...configuration }, logger);
    opened.push(server);
    await server.listen();
    await server.listenOn('127.0.0.1');
    const nothing = () => undefined;
    const listener = { channels: 1, onFrame: nothing, onStarted: nothing, onStopped: nothing } as const;
    return new URL(server.receive('127.0.0.1', listener).url);
  }

  it('without a listenHost listens on our own address, and says so', async () => {
    const { hostname, port } = await urlOf({});
    expect(hostname).toBe('127.0.0.1');
    expect(Number(port)).toBeGreaterThan(0);
  });

  it('on all addresses gives our own to FreeSWITCH', async () => {
    const { hostname, port } = await urlOf({ listenHost: '0.0.0.0' });
    expect(hostname).toBe('127.0.0.1');
    expect(Number(port)).toBeGreaterThan(0);
  });

  it('gives the public URL of the configuration first', async () => {
    expect((await urlOf({ publicUrl: 'ws://worker:8086' })).host).toBe('worker:8086');
  });

  it('names the field when its port is taken', async () => {
    const taken: Server = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    opened.push(taken);
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const server = new AudioForkServer({ listenHost: '127.0.0.1', port }, logger);
    await expect(server.listen()).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      message: expect.stringContaining('EADDRINUSE'),
      issues: [{ path: 'telephony.audioFork.port' }],
    });
  });
});
