import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { OnFrame } from './api.js';
import type { TelephonyConfiguration } from './configuration.js';

/** What FreeSWITCH's mod_audio_fork asks for. */
const SUBPROTOCOL = 'audio.drachtio.org';
/** 16-bit samples at 8 kHz. */
const BYTES_A_SECOND = 16_000;
/** One message: 20 ms as a rule, more after FreeSWITCH was held up. */
const MESSAGE_BYTES_MAX = 64 * 1024;
/** What may come at once beyond real time, after a hold-up, before a connection counts as abusive. */
const BURST_BYTES_MAX = 10 * BYTES_A_SECOND;
/** What a message costs of that at least, pings included: a flood of empty ones is work as well. */
const MESSAGE_COST_BYTES = 32;
const HANDSHAKE_WITHIN_MS = 2000;
/** How often Node looks for handshakes that take longer. */
const HANDSHAKES_CHECKED_EVERY_MS = 500;
/** Connections whose handshake is not through yet; where there are more, the oldest makes room. */
const HANDSHAKES_MAX = 500;
/** Those, and the connections of calls, together. */
const CONNECTIONS_MAX = 5000;
/** How long who is told to close may take. */
const CLOSE_WITHIN_MS = 2000;

/** One call's place on the server: an address that only its FreeSWITCH is told. */
export interface ForkReceiver {
  readonly url: string;
  /** Closes the place and its connection; `onStopped` is not called any more. */
  close(): void;
}

interface Place {
  onFrame: OnFrame;
  onStarted: () => void;
  onStopped: (message: string) => void;
  connection: WebSocket | null;
}

/**
 * The WebSocket server that FreeSWITCH's audio forks connect to: 16-bit little-endian PCM, 8 kHz, mono. Each
 * call has a secret path, good for one connection; whatever else connects is refused.
 */
export class AudioForkServer {
  readonly #configuration: TelephonyConfiguration['audioFork'];
  readonly #logger: Logger;
  readonly #places = new Map<string, Place>();
  readonly #http: Server = createServer(
    {
      headersTimeout: HANDSHAKE_WITHIN_MS,
      requestTimeout: HANDSHAKE_WITHIN_MS,
      connectionsCheckingInterval: HANDSHAKES_CHECKED_EVERY_MS,
    },
    (_request, response) => response.writeHead(404, { Connection: 'close' }).end(),
  );
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
    this.#http.maxConnections = CONNECTIONS_MAX;
    this.#http.on('connection', (socket) => this.#connected(socket));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head));
  }

  async listen(): Promise<void> {
    const { listenHost, port } = this.#configuration;
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(port, listenHost, () => {
        this.#http.off('error', reject);
        resolve();
      });
    });
    this.#http.on('error', (error) => this.#logger.error({ err: error }, 'audio fork server'));
  }

  /** Makes a place for one call. `onStopped` comes when a stream that had started ended by itself. */
  receive(onFrame: OnFrame, onStarted: () => void, onStopped: (message: string) => void): ForkReceiver {
    const path = `/${randomBytes(24).toString('base64url')}`;
    const place: Place = { onFrame, onStarted, onStopped, connection: null };
    this.#places.set(path, place);
    return {
      url: `${this.#publicUrl()}${path}`,
      close: () => {
        this.#places.delete(path);
        place.onStopped = () => undefined;
        place.onFrame = () => undefined;
        if (place.connection !== null) close(place.connection);
      },
    };
  }

  async close(): Promise<void> {
    for (const client of this.#webSockets.clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #publicUrl(): string {
    const { publicUrl, listenHost } = this.#configuration;
    if (publicUrl !== undefined) return publicUrl;
    const { port } = this.#http.address() as AddressInfo;
    return `ws://${listenHost.includes(':') ? `[${listenHost}]` : listenHost}:${port}`;
  }

  /** Whoever connects and says nothing must not keep FreeSWITCH out. */
  #connected(socket: Socket): void {
    this.#handshakes.add(socket);
    socket.once('close', () => this.#handshakes.delete(socket));
    if (this.#handshakes.size <= HANDSHAKES_MAX) return;
    const [oldest] = this.#handshakes;
    oldest?.destroy();
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const place = this.#places.get(request.url ?? '');
    if (place === undefined || place.connection !== null) {
      socket.on('error', () => socket.destroy());
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () =>
        socket.destroy(),
      );
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (connection) => {
      this.#handshakes.delete(socket);
      this.#accept(connection, place);
    });
  }

  #accept(connection: WebSocket, place: Place): void {
    if (place.connection !== null) {
      connection.terminate();
      return;
    }
    place.connection = connection;
    const toSamples = sampler();
    const isWithinBudget = budget();
    connection.on('message', (data: Buffer, isBinary) => {
      if (!isWithinBudget(data.length)) connection.terminate();
      else if (isBinary) this.#deliver(toSamples(data), place, connection);
    });
    connection.on('ping', (data) => {
      if (!isWithinBudget(data.length)) connection.terminate();
    });
    connection.on('error', (error) => this.#logger.warn({ err: error }, 'audio fork connection'));
    connection.on('close', (code) => place.onStopped(`the audio fork was closed (${code})`));
    place.onStarted();
  }

  /** Who listens may refuse what came, and must not end the process with that. */
  #deliver(samples: Int16Array, place: Place, connection: WebSocket): void {
    if (samples.length === 0) return;
    try {
      place.onFrame(samples);
    } catch (error) {
      this.#logger.warn(
        { err: error, samples: samples.length },
        'audio was refused; its connection is closed',
      );
      connection.terminate();
    }
  }
}

/** Closes in good order, or in time. */
function close(connection: WebSocket): void {
  const limit = setTimeout(() => connection.terminate(), CLOSE_WITHIN_MS);
  connection.once('close', () => clearTimeout(limit));
  connection.close();
}

/** Tells of each message whether it is within what real time, with some to spare, brings. */
function budget(): (bytes: number) => boolean {
  let left = BURST_BYTES_MAX;
  let at = performance.now();
  return (bytes) => {
    const now = performance.now();
    left = Math.min(left + ((now - at) / 1000) * BYTES_A_SECOND * 1.5, BURST_BYTES_MAX);
    left -= Math.max(bytes, MESSAGE_COST_BYTES);
    at = now;
    return left >= 0;
  };
}

/** Bytes of any number in, whole samples out; an odd byte waits for the next message. */
function sampler(): (data: Buffer) => Int16Array {
  let odd: number | null = null;
  return (data) => {
    const bytes = odd === null ? data : Buffer.concat([Buffer.of(odd), data]);
    const samples = new Int16Array(bytes.length >> 1);
    for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(2 * i);
    odd = bytes.length % 2 === 1 ? (bytes[bytes.length - 1] as number) : null;
    return samples;
  };
}
