import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { deferred } from '../../src/async/deferred.js';
import { AudioForkServer } from '../../src/freeswitch/audio-fork-server.js';
import { logger } from '../support/dialling.js';

const PROTOCOL = 'audio.drachtio.org';
let server: AudioForkServer;
let sockets: Socket[];

beforeEach(async () => {
  server = new AudioForkServer({ listenHost: '127.0.0.1', port: 0 }, logger);
  await server.listen();
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
});

/** A call that is heard while somebody else misbehaves. */
async function callBeingHeard() {
  let next = deferred<void>();
  const started = deferred<void>();
  const receiver = server.receive('127.0.0.1', {
    channels: 1,
    onFrame: () => next.resolve(),
    onStarted: () => started.resolve(),
    onStopped: () => undefined,
  });
  const client = new WebSocket(receiver.url, PROTOCOL);
  await Promise.all([once(client, 'open'), started.promise]);
  return {
    port: Number(new URL(receiver.url).port),
    /** Resolves when another frame has come through. */
    isHeard: async () => {
      next = deferred();
      client.send(Buffer.alloc(320));
      await next.promise;
    },
    end: () => client.terminate(),
  };
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** All that the server says until it closes. */
async function untilClosed(socket: Socket): Promise<string> {
  let said = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    said += text;
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return said;
}

const KEY = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';
const handshake = (path: string, ...more: string[]) =>
  [
    `GET ${path} HTTP/1.1`,
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    ...more,
    '',
    '',
  ].join('\r\n');

describe('a client without the secret of a call', () => {
  const wrong = 'A'.repeat(32);
  it.each([
    ['no path', handshake('/', KEY), 404],
    ['a made up path', handshake(`/${wrong}`, KEY), 404],
    ['a path out of its directory', handshake('/../../../etc/passwd', KEY), 404],
    ['an encoded path', handshake('/%2e%2e/%00', KEY), 404],
    ['the name of a property', handshake('/__proto__', KEY), 404],
    ['an absolute address', handshake(`http://evil/${wrong}`, KEY), 404],
    ['an endless path', handshake(`/${'x'.repeat(12_000)}`, KEY), 404],
    ['another protocol', handshake(`/${wrong}`, KEY, 'Upgrade: h2c'), 404],
    ['headers without end', handshake('/', KEY, `X: ${'y'.repeat(20_000)}`), 431],
    ['no HTTP', '\0\x01\x02\xff garbage\r\n\r\n', 400],
    ['a header that is none', 'GET / HTTP/1.1\r\nno header\r\n\r\n', 400],
    ['a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nbody', 404],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
  ])('that sends %s is refused', async (_what, request, status) => {
    const call = await callBeingHeard();
    const socket = await open(call.port);
    const said = untilClosed(socket);
    socket.write(request, 'latin1');
    expect(await said).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    await call.isHeard();
    call.end();
  });

  it('that sends CONNECT is disconnected', async () => {
    const call = await callBeingHeard();
    const socket = await open(call.port);
    const said = untilClosed(socket);
    socket.write('CONNECT evil:25 HTTP/1.1\r\nHost: evil\r\n\r\n');
    expect(await said).toBe('');
    call.end();
  });

  it('that sends nothing, or its handshake very slowly, is disconnected', async () => {
    const call = await callBeingHeard();
    const [silent, dribbling] = await Promise.all([open(call.port), open(call.port)]);
    const startedAt = performance.now();
    const text = handshake('/', KEY);
    let at = 0;
    const drip = setInterval(() => dribbling.write(text[at++] ?? 'x'), 50);
    await Promise.all([untilClosed(silent), untilClosed(dribbling)]);
    clearInterval(drip);
    expect(performance.now() - startedAt).toBeLessThan(4000);
    await call.isHeard();
    call.end();
  });

  it('that connects a thousand times keeps no call out', async () => {
    const call = await callBeingHeard();
    const crowd = await Promise.all(Array.from({ length: 1000 }, () => open(call.port)));
    const another = await callBeingHeard();
    await Promise.all([call.isHeard(), another.isHeard()]);
    // All but those that are kept waiting at a time.
    await expect.poll(() => crowd.filter(({ closed }) => closed).length).toBeGreaterThanOrEqual(490);
    for (const socket of crowd) socket.resetAndDestroy();
    await another.isHeard();
    call.end();
    another.end();
  });
});

describe('a client with the secret of a call', () => {
  /** Shakes hands over a bare socket. */
  async function forked() {
    const frames: number[] = [];
    const stopped = deferred<string>();
    const { url, close } = server.receive('127.0.0.1', {
      channels: 1,
      onFrame: (pcm) => frames.push(pcm.length),
      onStarted: () => undefined,
      onStopped: stopped.resolve,
    });
    const { port: portText, pathname } = new URL(url);
    const port = Number(portText);
    const socket = await open(port);
    return { socket, port, pathname, frames, stopped: stopped.promise, close };
  }

  it.each([
    ['no key', []],
    ['a key of the wrong length', ['Sec-WebSocket-Key: short']],
    ['a version of its own', [KEY, 'Sec-WebSocket-Version: 99']],
  ])('whose handshake has %s is refused, and may retry', async (_what, more) => {
    const { socket, port, pathname, close } = await forked();
    const said = untilClosed(socket);
    socket.write(handshake(pathname, ...more));
    expect(await said).toMatch(/^HTTP\/1.1 4\d\d /);
    const again = await open(port);
    again.write(handshake(pathname, KEY));
    expect(String(await once(again, 'data'))).toMatch(/^HTTP\/1.1 101 /);
    close();
  });

  /** A frame of the client's side (RFC 6455, section 5.2), its mask zero. */
  const frame = (first: number, length: number, body = Buffer.alloc(length)) =>
    Buffer.concat([Buffer.from([first, 0x80 | length, 0, 0, 0, 0]), body]);
  const huge = Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

  it.each([
    ['a frame of 2^63 bytes', () => huge],
    ['a frame without a mask', () => Buffer.from([0x82, 4, 1, 2, 3, 4])],
    ['reserved bits', () => frame(0xf2, 4)],
    ['a kind of frame that there is none of', () => frame(0x8b, 4)],
    ['the middle of a message', () => frame(0x80, 4)],
    ['a ping in pieces', () => frame(0x09, 4)],
    ['text that is not UTF-8', () => frame(0x81, 3, Buffer.from([0xff, 0xfe, 0xc0]))],
    ['a close of its own making', () => frame(0x88, 1)],
    ['pings without end', () => Buffer.concat(Array.from({ length: 20_000 }, () => frame(0x89, 0)))],
    ['empty messages without end', () => Buffer.concat(Array.from({ length: 20_000 }, () => frame(0x82, 0)))],
    ['a hundred times real time', () => Buffer.concat(Array.from({ length: 8000 }, () => frame(0x82, 100)))],
  ])('that sends %s loses its connection, and no other client does', async (_what, abuse) => {
    const call = await callBeingHeard();
    const { socket, pathname, stopped } = await forked();
    socket.write(handshake(pathname, KEY));
    await once(socket, 'data');
    const closed = untilClosed(socket);
    socket.write(abuse());
    expect(await stopped).toContain('closed');
    await closed;
    await call.isHeard();
    call.end();
  });

  it('that sends bytes one by one is heard', async () => {
    const { socket, pathname, frames, close } = await forked();
    socket.write(handshake(pathname, KEY));
    await once(socket, 'data');
    const message = Buffer.concat([frame(0x02, 3), frame(0x00, 0), frame(0x80, 4)]);
    for (const byte of message) socket.write(Buffer.of(byte));
    while (frames.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(frames).toEqual([3]);
    close();
  });

  it('whose connection is reset counts as closed', async () => {
    const { socket, pathname, stopped } = await forked();
    socket.write(handshake(pathname, KEY));
    await once(socket, 'data');
    socket.resetAndDestroy();
    expect(await stopped).toContain('closed (1006)');
  });

  it('that does not answer our close is disconnected', async () => {
    const { socket, pathname, close } = await forked();
    socket.write(handshake(pathname, KEY));
    await once(socket, 'data');
    const closed = untilClosed(socket);
    close();
    await closed;
  });
});
