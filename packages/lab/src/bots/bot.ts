import { EventEmitter, once } from 'node:events';
import { createServer as createPlainServer, type IncomingMessage, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A message as a bot gets it: JSON, or binary audio. */
// biome-ignore lint/suspicious/noExplicitAny: who scripts a bot looks at what came, whatever it is
export type BotReceived = Record<string, any>;

/** One connection of a bot: what came, in order, and what it says. A script drives it. */
export class BotCall extends EventEmitter<{ message: [BotReceived]; audio: [Buffer] }> {
  readonly messages: BotReceived[] = [];
  readonly audio: Buffer[] = [];
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  streamSid = '';

  constructor(socket: WebSocket, request: IncomingMessage) {
    super();
    this.socket = socket;
    this.request = request;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        this.audio.push(data);
        this.emit('audio', data);
        return;
      }
      const message = JSON.parse(data.toString());
      if (message.event === 'start') this.streamSid = message.streamSid;
      this.messages.push(message);
      this.emit('message', message);
    });
  }

  /** The first message, of those that came or will come, that is wanted. */
  async until(isWanted: (message: BotReceived) => boolean): Promise<BotReceived> {
    for (let seen = 0; ; seen++) {
      while (this.messages.length <= seen) await once(this, 'message');
      const message = this.messages[seen] as BotReceived;
      if (isWanted(message)) return message;
    }
  }

  /** The first message of this name. */
  event(name: string): Promise<BotReceived> {
    return this.until(({ event }) => event === name);
  }

  /** The echo of a mark. */
  mark(name: string): Promise<BotReceived> {
    return this.until(({ event, mark }) => event === 'mark' && mark.name === name);
  }

  /** All messages of this name, so far. */
  all(name: string): BotReceived[] {
    return this.messages.filter(({ event }) => event === name);
  }

  /** Sends a message of this stream; before `start` it knows no stream. */
  send(message: object): void {
    const head = this.streamSid === '' ? {} : { streamSid: this.streamSid };
    this.socket.send(JSON.stringify({ ...head, ...message }));
  }

  /** Says mu-law audio. */
  say(muLaw: Uint8Array): void {
    this.send({ event: 'media', media: { payload: Buffer.from(muLaw).toString('base64') } });
  }

  sayMark(name: string): void {
    this.send({ event: 'mark', mark: { name } });
  }
}

export interface BotOptions {
  /** PEM; with it the bot's address is `wss:`. */
  tls?: { cert: string; key: string };
  /** The subprotocol that it chooses. */
  protocols?: string;
  /** Answers the handshake with this status instead. */
  refuses?: number;
}

/** A voice bot of the protocol of Twilio's Media Streams: a WebSocket server on 127.0.0.1, which says what a script has it say. */
export class Bot extends EventEmitter<{ call: [BotCall] }> {
  readonly calls: BotCall[] = [];
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, { tls, protocols, refuses }: BotOptions) {
    super();
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.url = `${tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${port}/bot`;
    const webSockets = new WebSocketServer({ noServer: true, handleProtocols: () => protocols ?? false });
    server.on('upgrade', (request, socket, head) => {
      if (refuses !== undefined) {
        socket.end(`HTTP/1.1 ${refuses} No\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const call = new BotCall(webSocket, request);
        this.calls.push(call);
        this.emit('call', call);
      });
    });
  }

  static async start(options: BotOptions = {}): Promise<Bot> {
    const server = options.tls === undefined ? createPlainServer() : createServer(options.tls);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Bot(server, options);
  }

  /** The call of this number, counted from 0, once it is connected. */
  async call(number = 0): Promise<BotCall> {
    while (this.calls.length <= number) await once(this, 'call');
    return this.calls[number] as BotCall;
  }

  close(): void {
    for (const { socket } of this.calls) socket.terminate();
    this.#server.close();
  }
}
