import type { Socket } from 'node:net';
import type { Channel } from '../channel/channel.js';
import type { Core } from '../core.js';
import { CommandReader } from './command-reader.js';
import { type FsEvent, toJson, toPlain } from './event.js';
import type { EventListener } from './event-bus.js';
import { executeCommand } from './socket-commands.js';
import { Subscription } from './subscription.js';

const AUTHENTICATION_TIMEOUT_MS = 25_000;
/** The socket is destroyed when the client has not closed its side by then. */
const CLOSING_TIMEOUT_MS = 1000;
const GOODBYE = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n';
const SHUTTING_DOWN = 'The system is being shut down.\n';

type Phase = 'authenticating' | 'ready' | 'closed';

export interface SocketConnectionOptions {
  readonly core: Core;
  readonly socket: Socket;
  /** The channel that an outbound connection controls; null for an inbound one, which must authenticate. */
  readonly channel: Channel | null;
  readonly password: string;
}

/** One connection of mod_event_socket, inbound or outbound: reads commands, writes replies and events. */
export class SocketConnection implements EventListener {
  readonly core: Core;
  readonly channel: Channel | null;
  readonly password: string;
  readonly subscription = new Subscription();
  /** Resolves when the connection is closed, by either side. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #reader = new CommandReader();
  readonly #events: FsEvent[] = [];
  #phase: Phase;
  /** `linger [seconds]`: how long the connection outlives its channel; null: it does not. */
  #lingerSeconds: number | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor({ core, socket, channel, password }: SocketConnectionOptions) {
    this.core = core;
    this.channel = channel;
    this.password = password;
    this.#socket = socket;
    this.#phase = channel === null ? 'authenticating' : 'ready';
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()));
  }

  /** Starts reading commands; an inbound connection asks for the password first. */
  start(): void {
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk) => this.#read(chunk));
    // `close` follows.
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#detach());
    this.core.events.add(this);
    if (this.channel === null) {
      this.#send('Content-Type: auth/request\n\n');
      this.#timer = setTimeout(() => this.close(), AUTHENTICATION_TIMEOUT_MS);
    } else {
      void this.channel.over.then(() => this.#outliveChannel());
    }
  }

  get isAuthenticated(): boolean {
    return this.#phase === 'ready';
  }

  get #isClosed(): boolean {
    return this.#phase === 'closed';
  }

  authenticated(): void {
    this.#phase = 'ready';
    this.#clearTimer();
  }

  linger(seconds: number | null): void {
    this.#lingerSeconds = seconds;
  }

  wants(name: string, subclass: string | null): boolean {
    return this.#phase === 'ready' && this.subscription.wants(name, subclass);
  }

  /** Events are sent after the reply to the command that caused them. */
  deliver(event: FsEvent): void {
    if (!this.subscription.passes(event)) return;
    if (this.#events.length === 0) queueMicrotask(() => this.#sendEvents());
    this.#events.push(event);
  }

  #sendEvents(): void {
    this.#send(
      this.#events
        .splice(0)
        .map((event) => this.#framed(event))
        .join(''),
    );
  }

  #framed(event: FsEvent): string {
    const isJson = this.subscription.format === 'json';
    const text = isJson ? toJson(event) : toPlain(event);
    const head = `Content-Length: ${Buffer.byteLength(text)}\nContent-Type: text/event-${isJson ? 'json' : 'plain'}\n\n`;
    return head + text;
  }

  /** Replies to a command; `more` adds headers to the reply. */
  reply(text: string, more = ''): void {
    this.#send(`Content-Type: command/reply\nReply-Text: ${text}\n${more}\n`);
  }

  answerApi(body: string): void {
    this.#send(`Content-Type: api/response\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`);
  }

  /** Answers `connect` with the channel's data. */
  answerConnect(event: FsEvent): void {
    this.#send(toPlain(event));
  }

  /** Sends a disconnect notice and closes. */
  close(message: string = GOODBYE): void {
    if (this.#isClosed) return;
    this.#sendEvents();
    this.#detach();
    const controlled =
      this.channel === null
        ? ''
        : `Controlled-Session-UUID: ${this.channel.uuid}\nContent-Disposition: disconnect\n`;
    this.#send(
      `Content-Type: text/disconnect-notice\n${controlled}Content-Length: ${message.length}\n\n${message}`,
    );
    this.#socket.end();
    this.#timer = setTimeout(() => this.#socket.destroy(), CLOSING_TIMEOUT_MS);
  }

  shutDown(): void {
    this.close(SHUTTING_DOWN);
  }

  /** Closes the connection at once, without a notice. */
  destroy(): void {
    this.#detach();
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      for (const command of this.#reader.push(chunk)) {
        executeCommand(this, command);
        // Nothing after an `exit` is read.
        if (this.#isClosed) return;
      }
    } catch (error) {
      // An impossible command: the reader is out of step with the client.
      if (!(error instanceof RangeError)) throw error;
      this.close();
    }
  }

  /** The channel is gone: closes the connection, unless it is to linger. */
  #outliveChannel(): void {
    const { channel } = this;
    if (this.#isClosed || channel === null) return;
    const seconds = this.#lingerSeconds;
    if (seconds === null) {
      this.close();
      return;
    }
    this.#send(
      `Content-Type: text/disconnect-notice\nControlled-Session-UUID: ${channel.uuid}\n` +
        `Content-Disposition: linger\nChannel-Name: ${channel.name}\nLinger-Time: ${seconds}\nContent-Length: 0\n\n`,
    );
    if (seconds >= 0) this.#timer = setTimeout(() => this.close(), seconds * 1000);
  }

  #detach(): void {
    this.#phase = 'closed';
    this.core.events.delete(this);
    this.#clearTimer();
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #send(text: string): void {
    if (text !== '' && this.#socket.writable) this.#socket.write(text);
  }
}
