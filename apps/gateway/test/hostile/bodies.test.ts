import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OutdialGateway } from '../../src/gateway.js';
import { useGateway } from '../support.js';

const gateways = useGateway();

async function open({ port }: OutdialGateway): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  gateways.onEnd(async () => socket.destroy());
  return socket;
}

/** The first line of what is answered to these very bytes. */
async function answerTo(gateway: OutdialGateway, bytes: string): Promise<string> {
  const socket = await open(gateway);
  socket.write(bytes);
  const [line = ''] = await new Promise<string[]>((resolve, reject) => {
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
      if (answer.includes('\r\n')) resolve(answer.split('\r\n'));
    });
    socket.once('close', () => resolve(['closed']));
    socket.once('error', reject);
  });
  return line;
}

describe('a body', () => {
  it('that is too large is refused before it is read, and while it is', async () => {
    const gateway = await gateways.start({ bodyBytesMax: 2048 });
    const key = await gateways.keyFor(gateway);
    const head = `POST /v1/calls HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n`;
    expect(await answerTo(gateway, `${head}content-length: 999999999999\r\n\r\n`)).toContain(' 413 ');
    const chunk = `800\r\n${'['.repeat(2048)}\r\n`;
    expect(await answerTo(gateway, `${head}transfer-encoding: chunked\r\n\r\n${chunk}${chunk}`)).toContain(
      ' 413 ',
    );
  });

  it('that is deep, or would change what objects inherit, is refused', async () => {
    const gateway = await gateways.start();
    for (const body of [
      '['.repeat(500_000),
      '{"a":'.repeat(100_000),
      `${'['.repeat(9999)}${']'.repeat(9999)}`,
    ])
      expect(
        await gateways.ask(gateway, '/v1/calls', { body, headers: { 'content-type': 'application/json' } }),
      ).toMatchObject({ status: 400 });
    for (const body of ['{"callTo":"sip:a@b","__proto__":{"x":1}}', '{"constructor":{"prototype":{"x":1}}}'])
      expect(
        await gateways.ask(gateway, '/v1/calls', { body, headers: { 'content-type': 'application/json' } }),
      ).toMatchObject({ status: 400 });
    expect(await gateways.queue().counts()).toMatchObject({ waiting: 0 });
  });

  it('that comes slowly holds nobody else up', async () => {
    const gateway = await gateways.start();
    const key = await gateways.keyFor(gateway);
    for (let n = 0; n < 200; n++) {
      const socket = await open(gateway);
      const path = n % 2 === 0 ? '/v1/calls' : '/v1/calls/bulk';
      const type = n % 2 === 0 ? 'application/json' : 'text/csv';
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${key}\r\ncontent-type: ${type}\r\ncontent-length: 1000\r\n\r\n{`,
      );
    }
    expect(await gateways.ask(gateway, '/v1/calls', { body: { callTo: 'sip:a@b' } })).toMatchObject({
      status: 201,
    });
  });

  it('of an upload that is cut off queues nothing, and leaves nothing', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'outdial-uploads-'));
    gateways.onEnd(async () => rmSync(directory, { recursive: true }));
    const gateway = await gateways.start({ upload: { directory } });
    const key = await gateways.keyFor(gateway);
    const socket = await open(gateway);
    socket.write(
      `POST /v1/calls/bulk HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${key}\r\ncontent-type: text/csv\r\ncontent-length: 1000\r\n\r\ncallTo\nsip:a@b\nsip:c@d\n`,
    );
    await expect.poll(() => readdirSync(directory).length).toBe(1);
    socket.destroy();
    await expect.poll(() => readdirSync(directory)).toEqual([]);
    expect(await gateways.queue().counts()).toMatchObject({ waiting: 0 });
  });
});

describe('what is not quite HTTP', () => {
  it.each([
    [
      'two lengths',
      'POST /v1/calls HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc',
      ' 400 ',
    ],
    [
      'a length and chunks',
      'POST /v1/calls HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      ' 400 ',
    ],
    [
      'an unknown transfer encoding',
      'POST /v1/calls HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n',
      ' 400 ',
    ],
    ['a space before a colon', 'GET /livez HTTP/1.1\r\nhost: a\r\ncontent-length : 3\r\n\r\n', ' 400 '],
    ['a folded header', 'GET /livez HTTP/1.1\r\nhost: a\r\nx: b\r\n c\r\n\r\n', ' 400 '],
    [
      'a header that is too long',
      `GET /livez HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      ' 431 ',
    ],
    ['no host', 'GET /livez HTTP/1.1\r\n\r\n', ' 400 '],
    ['no HTTP at all', '\u0016\u0003\u0001 hello\r\n\r\n', ' 400 '],
  ])('is refused: %s', async (_, bytes, status) => {
    const gateway = await gateways.start();
    expect(await answerTo(gateway, bytes)).toContain(status);
  });
});
