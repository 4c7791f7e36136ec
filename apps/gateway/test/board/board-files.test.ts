import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { OutdialGateway } from '../../src/gateway.js';
import { encodedFor } from '../../src/http/static-files.js';
import { useGateway } from '../support.js';

const gateways = useGateway();

const get = (gateway: OutdialGateway, path: string, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}${path}`, { headers, redirect: 'manual' });

describe('the files of the board', () => {
  it('are a page at every address, that loads nothing but its own files', async () => {
    const gateway = await gateways.start();
    expect((await get(gateway, '/')).headers.get('location')).toBe('/board/');
    for (const path of ['/board/', '/board/calls', '/board/calls/job-1']) {
      const page = await get(gateway, path);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('cache-control')).toBe('no-cache');
      const policy = page.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(await page.text()).not.toMatch(/<script(?![^>]* src=)|<style|style=/);
    }
  });

  it('are compressed, and kept by browsers for as long as their names stand', async () => {
    const gateway = await gateways.start();
    const page = await get(gateway, '/board/');
    const [, script = ''] = /src="(\/board\/assets\/[^"]+\.js)"/.exec(await page.text()) ?? [];
    const file = await get(gateway, script, { 'accept-encoding': 'gzip, br' });
    expect(file.headers.get('content-encoding')).toBe('br');
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await file.text()).toContain('createRoot');
    const etag = page.headers.get('etag') ?? '';
    expect((await get(gateway, '/board/', { 'if-none-match': etag })).status).toBe(304);
    expect((await get(gateway, '/board/assets/none.js')).status).toBe(404);
  });

  it('are the only files, whatever a path says', async () => {
    const gateway = await gateways.start();
    for (const path of [
      '/board/../package.json',
      '/board/%2e%2e/package.json',
      '/board/assets/..%2f..%2findex.js',
    ]) {
      const answered = await new Promise<string>((resolve, reject) => {
        const asked = request({ port: gateway.port, path }, (response) => {
          response.setEncoding('utf8').on('data', (text: string) => {
            if (text.includes('"dependencies"') || text.includes('export'))
              reject(new Error(`${path}: ${text}`));
          });
          response.on('end', () => resolve(String(response.statusCode)));
        });
        asked.on('error', reject).end();
      });
      expect(['200', '404', '400']).toContain(answered);
    }
  });
});

it('an encoding is sent to those alone who accept it', () => {
  const [content, br, gzip] = ['text', 'br', 'gzip'].map((text) => Buffer.from(text)) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const compressed = new Map([
    ['br', br],
    ['gzip', gzip],
  ]);
  const file = { type: 'text/html', etag: '""', isHashed: false, content, compressed };
  expect(encodedFor(file, 'gzip, deflate, br, zstd').encoding).toBe('br');
  expect(encodedFor(file, 'gzip;q=1.0, br;q=0').encoding).toBe('gzip');
  expect(encodedFor(file, 'gzip').content).toBe(gzip);
  expect(encodedFor(file, 'identity').content).toBe(content);
  expect(encodedFor(file, '').encoding).toBeNull();
});
