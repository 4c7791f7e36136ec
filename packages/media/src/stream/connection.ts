import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { MediaError } from '../errors.js';
import { type CheckedStream, nameOf, type StreamLimits } from './options.js';

const PING_EVERY_MS = 5000;
/** How long a closing handshake may take. */
const CLOSE_WITHIN_MS = 1000;
const NORMAL = 1000;
const GOING_AWAY = 1001;
const NO_STATUS = 1005;
/** One message at least; and as much audio as may wait, at 16 kHz and 16 bits or in base64. */
const MESSAGE_BYTES_MIN = 1024 * 1024;
const BYTES_A_SECOND = 32_000;

/** What is told of a connection that is up. */
export interface ConnectionEvents {
  /** Throws a `MediaError` for a message that ends the stream. */
  onMessage(data: Buffer, isBinary: boolean): void;
  /** It is over, though not by our `close`: null, closed in order by the bot. Called once. */
  onClosed(error: MediaError | null): void;
}

/** A WebSocket to a bot. What the bot does not read is kept in memory: see `waitingBytes`. */
export class BotConnection {
  readonly #socket: WebSocket;
  readonly #name: string;
  readonly #silentLimitMs: number;
  readonly #events: ConnectionEvents;
  #heardAt = performance.now();
  #pingedAt = this.#heardAt;
  #isOver = false;

  private constructor(socket: WebSocket, name: string, silentLimitMs: number, events: ConnectionEvents) {
    this.#socket = socket;
    this.#name = name;
    this.#silentLimitMs = silentLimitMs;
    this.#events = events;
    socket.on('message', (data, isBinary) => this.#take(data as Buffer, isBinary));
    socket.on('pong', () => this.#heard());
    socket.on('close', (code) => this.#closed(code));
    // 'close' follows. Of a message that breaks RFC 6455 or is too long, this is where it is told.
    socket.on('error', ({ message }) =>
      this.#end(new MediaError('STREAM_INVALID', `the bot at ${name}: ${message}`)),
    );
  }

  /**
   * Connects. Rejects with `STREAM_REFUSED` when the bot answers and does not take the connection,
   * `STREAM_UNREACHABLE` when it does not answer, or when its certificate cannot be verified.
   */
  static open(
    { url, headers, subprotocols }: CheckedStream,
    limits: StreamLimits,
    events: ConnectionEvents,
    signal: AbortSignal,
  ): Promise<BotConnection> {
    const name = nameOf(url);
    const socket = new WebSocket(url, [...subprotocols], {
      headers,
      handshakeTimeout: limits.connectTimeoutMs,
      perMessageDeflate: false,
      maxPayload: Math.max(MESSAGE_BYTES_MIN, limits.bufferSeconds * BYTES_A_SECOND),
      ...(limits.ca === undefined ? {} : { ca: limits.ca }),
    });
    const giveUp = () => socket.terminate();
    signal.addEventListener('abort', giveUp);
    return new Promise((resolve, reject) => {
      socket.once('open', () => {
        signal.removeEventListener('abort', giveUp);
        socket.removeAllListeners();
        // At once: what the bot sends with its answer is already on its way.
        resolve(new BotConnection(socket, name, limits.silentLimitMs, events));
      });
      socket.once('unexpected-response', (request, response: IncomingMessage) => {
        reject(new MediaError('STREAM_REFUSED', `the bot at ${name} answered ${response.statusCode}`));
        request.destroy();
      });
      socket.on('error', (error: NodeJS.ErrnoException) => reject(toError(error, name)));
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Bytes that were sent and have not left yet. */
  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: string | Buffer): void {
    if (!this.#isOver) this.#socket.send(message);
  }

  /** Pings the bot when that is due, and gives it up when it has been silent too long. */
  sweep(nowMs: number): void {
    if (this.#isOver) return;
    if (nowMs - this.#heardAt > this.#silentLimitMs) {
      this.fail(new MediaError('STREAM_LOST', `the bot at ${this.#name} shows no sign of life`));
    } else if (nowMs - this.#pingedAt > Math.min(PING_EVERY_MS, this.#silentLimitMs / 4)) {
      this.#pingedAt = nowMs;
      this.#socket.ping();
    }
  }

  /** Closes it in order; what was sent arrives first. Nothing more is told. */
  close(): void {
    this.#isOver = true;
    this.#socket.close(NORMAL);
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_WITHIN_MS);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  /** Ends it for a fault of the bot's. */
  fail(error: MediaError): void {
    if (this.#isOver) return;
    if (error.code === 'STREAM_LOST') this.#socket.terminate();
    else this.#socket.close(1008, 'not of the protocol');
    this.#end(error);
  }

  #heard(): void {
    this.#heardAt = performance.now();
  }

  #take(data: Buffer, isBinary: boolean): void {
    if (this.#isOver) return;
    this.#heard();
    try {
      this.#events.onMessage(data, isBinary);
    } catch (error) {
      if (!(error instanceof MediaError)) throw error;
      this.fail(error);
    }
  }

  #closed(code: number): void {
    const isInOrder = code === NORMAL || code === GOING_AWAY || code === NO_STATUS;
    this.#end(
      isInOrder
        ? null
        : new MediaError('STREAM_LOST', `the bot at ${this.#name} was lost (close code ${code})`),
    );
  }

  #end(error: MediaError | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onClosed(error);
  }
}

/** Errors of the system and of TLS have a code; one without is the answer's, or says that none came in time. */
function toError({ code, message }: NodeJS.ErrnoException, name: string): MediaError {
  const isAnswered = code === undefined && !message.includes('timed out');
  return new MediaError(
    isAnswered ? 'STREAM_REFUSED' : 'STREAM_UNREACHABLE',
    `the bot at ${name}: ${message === '' ? code : message}`,
  );
}
