import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { deferred } from '../../src/async/deferred.js';
import { AudioForkServer } from '../../src/freeswitch/audio-fork-server.js';
import { logger } from '../support/dialling.js';

const PROTOCOL = 'audio.drachtio.org';
let server: AudioForkServer;

beforeEach(async () => {
  server = new AudioForkServer({ listenHost: '127.0.0.1', port: 0 }, logger);
  await server.listen();
});
afterEach(() => server.close());

/** A call's place on the server, and what came of it. */
function receive(channels: 1 | 2 = 1) {
  const frames: Int16Array[] = [];
  const started = deferred<void>();
  const stopped = deferred<string>();
  const first = deferred<void>();
  const receiver = server.receive('127.0.0.1', {
    channels,
    onFrame: (pcm) => {
      frames.push(pcm);
      first.resolve();
    },
    onStarted: started.resolve,
    onStopped: stopped.resolve,
  });
  return {
    url: receiver.url,
    frames,
    firstFrame: first.promise,
    started: started.promise,
    stopped: stopped.promise,
    close: () => receiver.close(),
  };
}

/** How a connection attempt ended: `open`, or the refusal. */
async function attempt(url: string, protocol = PROTOCOL): Promise<string> {
  const client = new WebSocket(url, protocol);
  const outcome = await new Promise<string>((resolve) => {
    client.on('open', () => resolve('open'));
    client.on('error', ({ message }) => resolve(message));
  });
  client.terminate();
  return outcome;
}

describe('the audio fork server', () => {
  it.each([1, 2] as const)(
    'delivers whole samples of %i channels, however bytes are split',
    async (channels) => {
      const heard = receive(channels);
      const client = new WebSocket(heard.url, PROTOCOL);
      await Promise.all([once(client, 'open'), heard.started]);
      expect(client.protocol).toBe(PROTOCOL);
      const pcm = Buffer.from(Int16Array.of(1, -1, 32767, -32768).buffer);
      client.send(pcm.subarray(0, 3));
      client.send(pcm.subarray(3));
      client.close();
      await heard.stopped;
      expect(heard.frames.every(({ length }) => length % channels === 0)).toBe(true);
      expect(heard.frames.flatMap((frame) => [...frame])).toEqual([1, -1, 32767, -32768]);
    },
  );

  it('ignores text messages', async () => {
    const heard = receive();
    const client = new WebSocket(heard.url, PROTOCOL);
    await once(client, 'open');
    client.send('{"hello":"world"}');
    client.send(Buffer.alloc(320));
    await heard.firstFrame;
    expect(heard.frames.map(({ length }) => length)).toEqual([160]);
    client.terminate();
  });

  it('gives each call an address that cannot be guessed, and refuses any other', async () => {
    const { url } = receive();
    expect(new URL(url).pathname).toMatch(/^\/[\w-]{32}$/);
    const { host } = new URL(url);
    expect(await attempt(`ws://${host}/`)).toContain('404');
    expect(await attempt(`ws://${host}/${'A'.repeat(32)}`)).toContain('404');
    expect(await attempt(url)).toBe('open');
    expect((await fetch(url.replace('ws:', 'http:'))).status).toBe(404);
  });

  it('accepts one connection a call, and none once the call is closed', async () => {
    const heard = receive();
    const client = new WebSocket(heard.url, PROTOCOL);
    await once(client, 'open');
    expect(await attempt(heard.url)).toContain('404');
    const closed = once(client, 'close');
    heard.close();
    await closed;
    expect(await attempt(heard.url)).toContain('404');
  });

  it.each([
    ['a message too large', (client: WebSocket) => client.send(Buffer.alloc(65 * 1024))],
    [
      'far more than real time',
      (client: WebSocket) => {
        for (let i = 0; i < 20; i++) client.send(Buffer.alloc(16_000));
      },
    ],
  ])('ends a connection that sends %s', async (_what, abuse) => {
    const heard = receive();
    const client = new WebSocket(heard.url, PROTOCOL);
    client.on('error', () => undefined);
    await once(client, 'open');
    abuse(client);
    expect(await heard.stopped).toContain('closed');
  });

  it('reports a stream that ends by itself', async () => {
    const heard = receive();
    const client = new WebSocket(heard.url, PROTOCOL);
    await Promise.all([once(client, 'open'), heard.started]);
    client.terminate();
    expect(await heard.stopped).toBe('the audio fork was closed (1006)');
  });
});
