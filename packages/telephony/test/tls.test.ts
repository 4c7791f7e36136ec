import { once } from 'node:events';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { type Certificate, makeCertificate, type Servers, sipHeader, startServers } from '@outdial/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TelephonyConfigurationInput } from '../src/configuration.js';
import { dial, telephonyOn } from './support/dialling.js';
import { startScriptedTrunk } from './support/scripted-trunk.js';

/** On a lab of its own: a real drachtio has one certificate, and 32 s of patience. */
let servers: Servers;
let own: Certificate;
let known: Certificate;
const closing: Array<() => unknown> = [];

beforeAll(async () => {
  [own, known] = await Promise.all([makeCertificate(), makeCertificate()]);
  const { OUTDIAL_TEST_DRACHTIO: real } = process.env;
  delete process.env.OUTDIAL_TEST_DRACHTIO;
  servers = await startServers({ drachtioT1Ms: 20, drachtioTls: { ...own, ca: known.cert, verifies: true } });
  if (real !== undefined) process.env.OUTDIAL_TEST_DRACHTIO = real;
});
afterAll(async () => {
  for (const close of closing) await close();
  await servers.close();
});

/** A trunk that is busy, over TLS; `requests` are those that it has read. */
async function busyTrunk(
  certificate: Certificate,
): Promise<{ server: Server; port: number; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer(certificate, (socket: TLSSocket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const text = bytes.toString();
      if (!text.startsWith('INVITE ')) return;
      requests.push(text);
      const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${sipHeader(text, name)}`);
      const to = `To: ${sipHeader(text, 'To')};tag=busy`;
      socket.write(['SIP/2.0 486 Busy Here', ...copied, to, 'Content-Length: 0', '', ''].join('\r\n'));
    });
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return { server, port: (server.address() as { port: number }).port, requests };
}

async function call(configuration: Partial<TelephonyConfigurationInput>, callTo: string) {
  const telephony = await telephonyOn(servers, null, { media: 'worker', freeswitch: [], ...configuration });
  closing.push(() => telephony.close());
  return dial(telephony, { callTo });
}

const trunkAt = (port: number, host = '127.0.0.1') =>
  ({ name: `t${port}`, address: `${host}:${port}`, transport: 'tls', callerIds: 'any' }) as const;

describe('a trunk over TLS', () => {
  it.each(['127.0.0.1', 'localhost'])('whose certificate is valid for %s gets the INVITE', async (host) => {
    const { port, requests } = await busyTrunk(known);
    const { over } = await call({ trunks: [trunkAt(port, host)] }, 'tel:+441632960001');
    expect(await over).toMatchObject({ type: 'rejected', cause: 'BUSY' });
    expect(sipHeader(requests[0] ?? '', 'Via')).toMatch(/^SIP\/2\.0\/TLS 127\.0\.0\.1:\d+;/);
    expect(sipHeader(requests[0] ?? '', 'Contact')).toMatch(/^<sips:127\.0\.0\.1:\d+;transport=tls>/);
  });

  it('whose certificate is refused is told from one that is silent, and left for the next', async () => {
    const { port, requests } = await busyTrunk(await makeCertificate());
    const alone = await call({ trunks: [trunkAt(port)] }, 'tel:+441632960001');
    expect(await alone.over).toMatchObject({
      type: 'rejected',
      cause: 'FAILED',
      rawCause: { sipStatus: null, sipReason: 'no response over TLS, or no handshake' },
    });
    expect(requests).toEqual([]);
    const next = await startScriptedTrunk(() => ({ status: '486 Busy Here' }));
    closing.push(() => next.close());
    const second = { name: 'next', address: next.address, callerIds: 'any' } as const;
    const both = await call({ trunks: [trunkAt(port), second] }, 'tel:+441632960001');
    expect(await both.over).toMatchObject({ cause: 'BUSY' });
  });
});

describe('a sips: destination', () => {
  it.each([
    ['directly', (port: number) => ({ allowedSipHosts: [`127.0.0.1`], routes: [] as never[], port })],
    ['by a redirect', (port: number) => ({ followRedirectsTo: ['127.0.0.1'], port })],
  ])('is called over TLS %s', async (how, configure) => {
    const { port, requests } = await busyTrunk(known);
    const { port: _port, ...configuration } = configure(port);
    const destination = `sips:someone@127.0.0.1:${port}`;
    if (how === 'directly') await (await call(configuration, destination)).over;
    else {
      const moved = await startScriptedTrunk(() => ({
        status: '302 Moved Temporarily',
        lines: [`Contact: <${destination}>`],
      }));
      closing.push(() => moved.close());
      const trunk = { name: 'moved', address: moved.address, callerIds: 'any' } as const;
      await (await call({ ...configuration, trunks: [trunk] }, 'tel:+441632960001')).over;
    }
    expect(requests[0]).toMatch(new RegExp(`^INVITE ${destination} SIP/2.0`));
    expect(sipHeader(requests[0] ?? '', 'Via')).toMatch(/^SIP\/2\.0\/TLS /);
  });
});
