import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import Mrf from 'drachtio-fsmrf';
import Srf from 'drachtio-srf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { startLab } from '../src/index.js';
import type { Lab } from '../src/lab.js';
import { RtpSession } from '../src/media/rtp-session.js';
import { createOffer } from '../src/media/sdp.js';
import { hasIPv6 } from './ipv6.js';

let lab: Lab;
const cleanUps: Array<() => unknown> = [];

beforeEach(async () => {
  // drachtio-srf answers an endpoint's offer with that offer, and so would agree to SRTP.
  lab = await startLab({ secureMedia: 'forbidden' });
});

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  await lab.close();
});

function placeOf(address: string): { host: string; port: number } {
  const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  return { host, port: Number(port) };
}

async function connectSrf(): Promise<Srf> {
  const srf = new Srf();
  srf.on('error', () => {});
  srf.connect({ ...placeOf(lab.drachtio), secret: lab.secrets.drachtio });
  await once(srf, 'connect');
  cleanUps.push(() => srf.disconnect());
  return srf;
}

async function connect(): Promise<{ srf: Srf; ms: Mrf.MediaServer }> {
  const srf = await connectSrf();
  const { host: address, port } = placeOf(lab.freeswitch);
  const ms = await new Mrf(srf).connect({
    address,
    port,
    secret: lab.secrets.freeswitch,
    listenAddress: address,
  });
  cleanUps.push(() => ms.disconnect());
  return { srf, ms };
}

/** Where audio forks go to; resolves with the loudest sample once `samples` have come. */
async function openFork(samples: number): Promise<{ wsUrl: string; loudest: Promise<number> }> {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => 'audio.drachtio.org',
  });
  await once(server, 'listening');
  cleanUps.push(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  const loudest = new Promise<number>((resolve) => {
    let [count, most] = [0, 0];
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer, isBinary) => {
        if (!isBinary) return;
        for (let at = 0; at + 1 < data.length; at += 2) most = Math.max(most, Math.abs(data.readInt16LE(at)));
        count += data.length / 2;
        if (count >= samples) resolve(most);
      });
    });
  });
  return { wsUrl: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, loudest };
}

describe('the lab', () => {
  it('carries a call of the unmodified clients to a callee, whose voice the audio fork delivers', async () => {
    const { srf, ms } = await connect();
    const endpoint = await ms.createEndpoint();
    const leg = await srf.createUAC(`sip:human@${lab.callees}`, { localSdp: endpoint.local.sdp });
    await endpoint.modify(leg.remote.sdp);
    const { wsUrl, loudest } = await openFork(8000 * 2);
    await endpoint.forkAudioStart({ wsUrl, mixType: 'mono', sampling: '8000', bugname: 'lab-test' });
    expect(await loudest).toBeGreaterThan(5000);
    expect(lab.callCount()).toBe(1);
    await leg.destroy();
    await endpoint.destroy();
    await lab.log.waitFor(({ method, direction }) => method === 'BYE' && direction === 'in');
    expect(lab.log.requests('INVITE', 'in')).toHaveLength(1);
  });

  it.each(['drachtio', 'freeswitch'] as const)(
    'brings %s back at its address after a kill',
    async (server) => {
      await lab.servers[server].kill();
      await lab.servers[server].restart();
      const { srf, ms } = await connect();
      const endpoint = await ms.createEndpoint();
      const refused = srf.createUAC(`sip:busy@${lab.callees}`, { localSdp: endpoint.local.sdp });
      await expect(refused).rejects.toMatchObject({ status: 486 });
      await endpoint.destroy();
    },
  );

  it('leaves nothing behind when a port of it is taken', async () => {
    const { port } = placeOf(lab.freeswitch);
    await expect(startLab({ eventSocketPort: port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe.skipIf(!hasIPv6())('a lab on ::1', () => {
  it('has callees that are dialled through drachtio, and heard over RTP', async () => {
    await lab.close();
    lab = await startLab({ host: '::1' });
    expect(lab.callees).toMatch(/^\[::1\]:\d+$/);
    const srf = await connectSrf();
    const rtp = await RtpSession.open({ host: '::1' });
    cleanUps.push(() => rtp.close());
    const offered = { host: rtp.host, port: rtp.port, codecs: ['PCMA'] as const };
    const localSdp = createOffer({ ...offered, sessionId: 1, sessionVersion: 1 });
    expect(localSdp).toContain('c=IN IP6 ::1');
    const dialog = await srf.createUAC(`sip:human@${lab.callees}`, { localSdp });
    const [pcm] = (await once(rtp, 'frame')) as [Int16Array];
    expect(pcm.length).toBe(160);
    await dialog.destroy();
  });
});
