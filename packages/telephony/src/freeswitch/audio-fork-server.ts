import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { TransientMap } from '@outdial/collections';
import { OutdialError } from '@outdial/contract';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { OnFrame } from '../api.js';
import type { TelephonyConfiguration } from '../configuration.js';
import { isWildcard } from '../media/own-address.js';

/** The WebSocket subprotocol of FreeSWITCH's mod_audio_fork. */
const SUBPROTOCOL = 'audio.drachtio.org';
/** Of a channel: 16-bit samples at 8 kHz. */
const BYTES_A_SECOND = 16_000;
/** One message: usually 20 ms, more after FreeSWITCH was delayed. */
const MESSAGE_BYTES_MAX = 64 * 1024;
/** How much may come beyond real time, after a delay, before a connection counts as abusive. */
const BURST_SECONDS_MAX = 10;
/** The least that a message, or a ping, counts: a flood of empty ones is work as well. */
const MESSAGE_COST_BYTES = 32;
const HANDSHAKE_WITHIN_MS = 2000;
/** How often Node checks for handshakes that take longer. */
const HANDSHAKES_CHECKED_EVERY_MS = 500;
/** Connections with an unfinished handshake; beyond that the oldest is closed. */
const HANDSHAKES_MAX = 500;
/** All connections, including those of calls. */
const CONNECTIONS_MAX = 5000;
/** Of samples that were sent and not taken: a second. */
const UNTAKEN_BYTES_MAX = BYTES_A_SECOND;
/** How long a closing handshake may take. */
const CLOSE_WITHIN_MS = 2000;

/** Receives one call's audio, at an address that only its FreeSWITCH knows. */
export interface ForkReceiver {
  readonly url: string;
  /** Sends samples to be played to the call, if its fork plays back. What FreeSWITCH does not take in time is dropped. */
  send(pcm: Int16Array): void;
  /** Closes the address and its connection; `onStopped` is no longer called. Resolves once it is closed, at the latest in 2 s. */
  close(): Promise<void>;
}

/** Who takes a call's audio. */
export interface ForkListener {
  /** Two are interleaved: what the callee says first, and what it is sent. */
  channels: 1 | 2;
  onFrame: OnFrame;
  onStarted: () => void;
  /** A stream that had started ended by itself. */
  onStopped: (message: string) => void;
}

interface Receiver extends ForkListener {
  connection: WebSocket | null;
}

/**
 * The WebSocket server that FreeSWITCH's audio forks connect to: 16-bit little-endian PCM at 8 kHz, both ways. Each
 * call has a secret path, good for one connection; any other connection is refused.
 */
export class AudioForkServer {
  readonly #configuration: TelephonyConfiguration['audioFork'];
  readonly #logger: Logger;
  readonly #receivers = new TransientMap<string, Receiver>();
  /** The servers by the address that they listen on, from when they were asked to. */
  readonly #listening = new Map<string, Promise<Server>>();
  readonly #ports = new Map<string, number>();
  readonly #handshakes = new Set<Socket>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });

  constructor(configuration: TelephonyConfiguration['audioFork'], logger: Logger) {
    this.#configuration = configuration;
    this.#logger = logger;
  }

  /** Listens where the configuration says; without a `listenHost` only once `listenOn` is called. */
  async listen(): Promise<void> {
    const { listenHost } = this.#configuration;
    if (listenHost !== undefined) await this.#listen(listenHost);
  }

  /** Makes sure that a FreeSWITCH can connect, to which our address is `ownAddress`. */
  async listenOn(ownAddress: string): Promise<void> {
    await this.#listen(this.#configuration.listenHost ?? ownAddress);
  }

  #listen(address: string): Promise<Server> {
    const known = this.#listening.get(address);
    if (known !== undefined) return known;
    const opening = this.#open(address);
    this.#listening.set(address, opening);
    opening.catch(() => this.#listening.delete(address));
    return opening;
  }

  async #open(address: string): Promise<Server> {
    const http = createServer(
      {
        headersTimeout: HANDSHAKE_WITHIN_MS,
        requestTimeout: HANDSHAKE_WITHIN_MS,
        connectionsCheckingInterval: HANDSHAKES_CHECKED_EVERY_MS,
      },
      (_request, response) => response.writeHead(404, { Connection: 'close' }).end(),
    );
    http.maxConnections = CONNECTIONS_MAX;
    http.on('connection', (socket) => this.#connected(socket));
    http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    const { port } = this.#configuration;
    await new Promise<void>((resolve, reject) => {
      http.once('error', (error) => reject(cannotListen(address, port, error)));
      http.listen(port, address, resolve);
    });
    http.removeAllListeners('error');
    http.on('error', (error) => this.#logger.error({ err: error }, 'audio fork server error'));
    this.#ports.set(address, (http.address() as AddressInfo).port);
    return http;
  }

  /** Opens an address for one call, of a FreeSWITCH to which our address is `ownAddress`. */
  receive(ownAddress: string, listener: ForkListener): ForkReceiver {
    const path = `/${randomBytes(24).toString('base64url')}`;
    const receiver: Receiver = { ...listener, connection: null };
    this.#receivers.set(path, receiver);
    return {
      url: `${this.#publicUrl(ownAddress)}${path}`,
      send: (pcm) => {
        const { connection } = receiver;
        if (connection !== null && connection.bufferedAmount < UNTAKEN_BYTES_MAX)
          connection.send(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength));
      },
      close: async () => {
        this.#receivers.delete(path);
        receiver.onStopped = () => undefined;
        receiver.onFrame = () => undefined;
        if (receiver.connection !== null) await close(receiver.connection);
      },
    };
  }

  async close(): Promise<void> {
    for (const client of this.#webSockets.clients) client.terminate();
    for (const opening of this.#listening.values()) {
      const http = await opening.catch(() => null);
      http?.closeAllConnections();
      await new Promise((resolve) => (http === null ? resolve(null) : http.close(resolve)));
    }
  }

  #publicUrl(ownAddress: string): string {
    const { publicUrl, listenHost = ownAddress } = this.#configuration;
    if (publicUrl !== undefined) return publicUrl;
    const host = isWildcard(listenHost) ? ownAddress : listenHost;
    return `ws://${host.includes(':') ? `[${host}]` : host}:${this.#ports.get(listenHost) ?? 0}`;
  }

  /** Connections that never finish their handshake must not lock FreeSWITCH out. */
  #connected(socket: Socket): void {
    this.#handshakes.add(socket);
    socket.once('close', () => this.#handshakes.delete(socket));
    if (this.#handshakes.size <= HANDSHAKES_MAX) return;
    const [oldest] = this.#handshakes;
    oldest?.destroy();
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const receiver = this.#receivers.get(request.url ?? '');
    if (receiver === undefined || receiver.connection !== null) {
      socket.on('error', () => socket.destroy());
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () =>
        socket.destroy(),
      );
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (connection) => {
      this.#handshakes.delete(socket);
      this.#accept(connection, receiver);
    });
  }

  #accept(connection: WebSocket, receiver: Receiver): void {
    if (receiver.connection !== null) {
      connection.terminate();
      return;
    }
    receiver.connection = connection;
    const toSamples = sampler(receiver.channels);
    const isWithinBudget = budget(receiver.channels * BYTES_A_SECOND);
    connection.on('message', (data: Buffer, isBinary) => {
      if (!isWithinBudget(data.length)) connection.terminate();
      else if (isBinary) this.#deliver(toSamples(data), receiver, connection);
    });
    connection.on('ping', (data) => {
      if (!isWithinBudget(data.length)) connection.terminate();
    });
    connection.on('error', (error) => this.#logger.warn({ err: error }, 'audio fork connection error'));
    connection.on('close', (code) => receiver.onStopped(`the audio fork was closed (${code})`));
    receiver.onStarted();
  }

  /** A listener may throw on what came; that must not end the process. */
  #deliver(samples: Int16Array, receiver: Receiver, connection: WebSocket): void {
    if (samples.length === 0) return;
    try {
      receiver.onFrame(samples);
    } catch (error) {
      this.#logger.warn(
        { err: error, samples: samples.length },
        'audio listener threw; its connection is closed',
      );
      connection.terminate();
    }
  }
}

function cannotListen(address: string, port: number, error: Error): OutdialError {
  const message = `telephony.audioFork: cannot listen on ${address}:${port}: ${error.message}`;
  const issues = [{ path: 'telephony.audioFork.port', message: error.message, value: port }];
  return new OutdialError('INVALID_CONFIGURATION', message, { issues, cause: error });
}

/** Closes with a handshake, or without one after 2 s. */
async function close(connection: WebSocket): Promise<void> {
  if (connection.readyState === connection.CLOSED) return;
  const limit = setTimeout(() => connection.terminate(), CLOSE_WITHIN_MS);
  const closed = once(connection, 'close');
  connection.close();
  await closed;
  clearTimeout(limit);
}

/** Says of each message whether the connection is still within real time, with a margin. */
function budget(bytesASecond: number): (bytes: number) => boolean {
  const burst = BURST_SECONDS_MAX * bytesASecond;
  let left = burst;
  let at = performance.now();
  return (bytes) => {
    const now = performance.now();
    left = Math.min(left + ((now - at) / 1000) * bytesASecond * 1.5, burst);
    left -= Math.max(bytes, MESSAGE_COST_BYTES);
    at = now;
    return left >= 0;
  };
}

/** Turns bytes into samples of all channels; what is over of a message is kept for the next one. */
function sampler(channels: number): (data: Buffer) => Int16Array {
  const frameBytes = 2 * channels;
  let rest: Buffer = Buffer.alloc(0);
  return (data) => {
    const bytes = rest.length === 0 ? data : Buffer.concat([rest, data]);
    const samples = new Int16Array(Math.floor(bytes.length / frameBytes) * channels);
    for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(2 * i);
    rest = Buffer.from(bytes.subarray(2 * samples.length));
    return samples;
  };
}
