/**
 * A FreeSWITCH, a drachtio server, drachtio-fsmrf on both, and far ends, closed after each test.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import Mrf from 'drachtio-fsmrf';
import Srf from 'drachtio-srf';
import { afterEach, expect, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { DrachtioServer } from '../../src/drachtio/index.js';
import { FreeSwitch, type FreeSwitchOptions } from '../../src/freeswitch/index.js';
import { G711, type G711Name } from '../../src/media/g711.js';
import { RtpSession } from '../../src/media/rtp-session.js';
import { createOffer, readAnswer } from '../../src/media/sdp.js';

const SECRET = 'cymru';
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

export async function startFreeSwitch(options: FreeSwitchOptions = {}): Promise<FreeSwitch> {
  // drachtio-srf answers an endpoint's offer with that offer, and so would agree to SRTP.
  const made = await FreeSwitch.start({ secureMedia: 'forbidden', ...options });
  cleanUps.push(() => made.close());
  return made;
}

export async function startSrf(): Promise<Srf> {
  const drachtio = await DrachtioServer.start({ secret: SECRET });
  cleanUps.push(() => drachtio.close());
  const srf = new Srf();
  srf.on('error', () => {});
  srf.connect({ ...drachtio.address, secret: SECRET });
  await once(srf, 'connect');
  cleanUps.push(() => srf.disconnect());
  return srf;
}

export async function connectMrf(freeSwitch: FreeSwitch, srf: Srf): Promise<Mrf.MediaServer> {
  const { host, port } = freeSwitch.eventSocketAddress;
  const ms = await new Mrf(srf).connect({ address: host, port, listenAddress: '127.0.0.1' });
  ms.conn.socket.setNoDelay(true);
  cleanUps.push(() => ms.disconnect());
  return ms;
}

export interface TestServers {
  readonly freeSwitch: FreeSwitch;
  readonly ms: Mrf.MediaServer;
}

export async function startTestServers(options: FreeSwitchOptions = {}): Promise<TestServers> {
  // The drachtio server is started first, so that it can still answer the BYEs of a FreeSWITCH that is
  // closed.
  const srf = await startSrf();
  const freeSwitch = await startFreeSwitch(options);
  return { freeSwitch, ms: await connectMrf(freeSwitch, srf) };
}

/** An endpoint whose commands are not held back by Nagle's algorithm. */
export async function createEndpoint(
  ms: Mrf.MediaServer,
  options: { remoteSdp?: string; codecs?: string[] } = {},
): Promise<Mrf.Endpoint> {
  const endpoint = await ms.createEndpoint(options);
  endpoint.conn.socket.setNoDelay(true);
  return endpoint;
}

/** A far end: an RTP session, and the SDP that leads to it. */
export interface RtpPeer {
  readonly session: RtpSession;
  readonly sdp: string;
  /** All that it has heard. */
  heard(): Int16Array;
  /** Resolves with what it heard from now on, once that are so many samples. */
  hear(samples: number): Promise<Int16Array>;
  /** Sends to an endpoint, as its SDP says. */
  sendTo(endpoint: Mrf.Endpoint): void;
}

export async function startPeer(codec: G711Name = 'PCMA'): Promise<RtpPeer> {
  const session = await RtpSession.open();
  cleanUps.push(() => session.close());
  const frames: Int16Array[] = [];
  session.on('frame', (pcm) => frames.push(pcm));
  const { host, port } = session;
  const join = (from: number) => Int16Array.from(frames.slice(from).flatMap((frame) => [...frame]));
  return {
    session,
    sdp: createOffer({ host, port, codecs: [codec], sessionId: 1, sessionVersion: 1 }),
    heard: () => join(0),
    async hear(samples) {
      const from = frames.length;
      while (join(from).length < samples) await once(session, 'frame');
      return join(from);
    },
    sendTo(endpoint) {
      const remote = readAnswer(endpoint.local.sdp, [codec]);
      if (remote === null) throw new Error(`no ${codec} in the endpoint's SDP`);
      session.setRemote({ ...remote, codec: G711[codec], direction: 'sendrecv' });
    },
  };
}

/** A WebSocket server as a worker runs it for audio forks. */
export interface ForkServer {
  readonly url: string;
  readonly texts: string[];
  readonly requests: { readonly url: string; readonly headers: Readonly<Record<string, unknown>> }[];
  readonly frames: Buffer[];
  /** Resolves once a frame has come for which this is true of all that came so far. */
  until(isEnough: () => boolean): Promise<void>;
  /** Resolves with the code of the close frame when a connection has been closed. */
  readonly closed: Promise<number>;
  /** Closes the connections. */
  drop(): void;
  say(text: string): void;
  /** Sends audio. */
  send(data: Buffer): void;
}

export async function startForkServer(
  subprotocol: string | false = 'audio.drachtio.org',
): Promise<ForkServer> {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: () => subprotocol,
  });
  await once(server, 'listening');
  cleanUps.push(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  const texts: string[] = [];
  const frames: Buffer[] = [];
  const requests: { url: string; headers: Record<string, unknown> }[] = [];
  let tell = () => {};
  const closed = new Promise<number>((resolve) => {
    server.on('connection', (socket, request) => {
      requests.push({ url: request.url ?? '', headers: request.headers });
      socket.on('message', (data, isBinary) => {
        if (isBinary) frames.push(data as Buffer);
        else texts.push(String(data));
        tell();
      });
      socket.on('close', (code) => resolve(code));
      tell();
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/fork`,
    texts,
    requests,
    frames,
    closed,
    async until(isEnough) {
      while (!isEnough()) {
        await new Promise<void>((resolve) => {
          tell = resolve;
        });
      }
    },
    drop() {
      for (const client of server.clients) client.close();
    },
    say(text) {
      for (const client of server.clients) client.send(text);
    },
    send(data) {
      for (const client of server.clients) client.send(data);
    },
  };
}

/** The samples of binary frames, one after the other. */
export function pcmOf(frames: readonly Buffer[]): Int16Array {
  const all = Buffer.concat(frames);
  return Int16Array.from({ length: all.length / 2 }, (_, i) => all.readInt16LE(i * 2));
}

/** Resolves with the next event of mod_audio_fork's by that name: its body, parsed where it is JSON. */
export function nextForkEvent(endpoint: Mrf.Endpoint, name: string): Promise<unknown> {
  return new Promise((resolve) => endpoint.addCustomEventListener(`mod_audio_fork::${name}`, resolve));
}

/** Resolves once there is no session left. */
export async function untilEmpty(freeSwitch: FreeSwitch): Promise<void> {
  await vi.waitFor(() => expect(freeSwitch.channels()).toEqual([]), { interval: 5, timeout: 5000 });
}
