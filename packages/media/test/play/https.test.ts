import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { formatWav } from '@outdial/lab/audio';
import { tone } from '@outdial/testkit/sounds';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SOURCES } from '../../src/options.js';
import { SoundLibrary } from '../../src/play/sound-library.js';

const file = formatWav(tone(300, 440), 'pcm16');
/** What was asked for, and with which ETag. */
const asked: string[] = [];
let server: Server;
let base = '';
let library: SoundLibrary;

function serve(path: string, etag: string | undefined, response: ServerResponse): void {
  if (path === '/cached.wav') {
    if (etag === '"1"') response.writeHead(304).end();
    else response.writeHead(200, { ETag: '"1"' }).end(file);
  } else if (path === '/moved.wav') response.writeHead(302, { Location: '/cached.wav' }).end();
  else if (path === '/elsewhere.wav')
    response.writeHead(302, { Location: 'https://example.org/a.wav' }).end();
  else if (path === '/plain.wav') response.writeHead(302, { Location: 'http://127.0.0.1/a.wav' }).end();
  else if (path === '/round.wav') response.writeHead(302, { Location: '/round.wav' }).end();
  else if (path === '/large.wav') response.writeHead(200, { 'Content-Length': 10_000_000 }).end();
  else if (path === '/endless.wav') {
    response.writeHead(200);
    const more = () => response.write(Buffer.alloc(16_384), () => !response.destroyed && setImmediate(more));
    more();
  } else if (path === '/slow.wav') response.writeHead(200).write('RIFF');
  else if (path === '/text.wav') response.writeHead(200).end('this is text');
  else if (path === '/broken.wav') response.writeHead(500).end();
  else response.writeHead(404).end();
}

beforeAll(async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  server = createServer({ cert, key }, (request, response) => {
    asked.push(`${request.url} ${request.headers['if-none-match'] ?? '-'}`);
    serve(request.url ?? '', request.headers['if-none-match'], response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  library = new SoundLibrary({
    ...DEFAULT_SOURCES,
    allowedHosts: ['127.0.0.1'],
    maxBytes: 200_000,
    timeoutMs: 700,
    revalidateMs: 0,
    ca: cert,
  });
});

afterAll(() => {
  library.close();
  server.closeAllConnections();
  server.close();
});

describe('a source from https', () => {
  it('is fetched once, and then asked for by its ETag', async () => {
    const first = await library.load(`${base}/cached.wav`);
    expect(first.sound.samples).toBe(2400);
    expect((await library.load(`${base}/cached.wav`)).sound).toBe(first.sound);
    expect(asked).toEqual(['/cached.wav -', '/cached.wav "1"']);
  });

  it('follows redirections within the allowed hosts', async () => {
    expect((await library.load(`${base}/moved.wav`)).sound.samples).toBe(2400);
  });

  it.each([
    ['/elsewhere.wav', 'HOST_NOT_ALLOWED'],
    ['/plain.wav', 'HOST_NOT_ALLOWED'],
    ['/round.wav', 'SOURCE_UNREACHABLE'],
    ['/large.wav', 'SOURCE_TOO_LARGE'],
    ['/endless.wav', 'SOURCE_TOO_LARGE'],
    ['/slow.wav', 'SOURCE_TIMEOUT'],
    ['/text.wav', 'SOURCE_FORMAT'],
    ['/broken.wav', 'SOURCE_UNREACHABLE'],
    ['/none.wav', 'SOURCE_MISSING'],
  ])('%s fails with %s', async (path, code) => {
    await expect(library.load(`${base}${path}`)).rejects.toMatchObject({ code });
  });

  it('is unreachable when the certificate is not trusted, or nobody listens', async () => {
    const other = new SoundLibrary({ ...DEFAULT_SOURCES, allowedHosts: ['127.0.0.1'] });
    await expect(other.load(`${base}/cached.wav`)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    await expect(other.load('https://127.0.0.1:1/a.wav')).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    });
    other.close();
  });
});
