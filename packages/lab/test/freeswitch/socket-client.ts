import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

/** A message of an event socket: its headers and its body. */
export interface SocketMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * An event socket's client that hides nothing: what is sent is sent as it stands, what comes is given in
 * order.
 */
export class SocketClient {
  readonly socket: Socket;
  readonly #messages: SocketMessage[] = [];
  #pending = '';
  #wake = (): void => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text) => this.#read(String(text)));
    socket.on('error', () => {});
  }

  static async connect(address: { host: string; port: number }): Promise<SocketClient> {
    const socket = createConnection(address);
    await once(socket, 'connect');
    return new SocketClient(socket);
  }

  /** Connects and authenticates. */
  static async login(address: { host: string; port: number }): Promise<SocketClient> {
    const client = await SocketClient.connect(address);
    await client.next();
    await client.ask('auth ClueCon');
    return client;
  }

  send(command: string): void {
    this.socket.write(`${command}\n\n`);
  }

  /** The message that comes next. */
  async next(): Promise<SocketMessage> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#messages.shift() as SocketMessage;
  }

  /** Sends a command, and returns what comes back: an API command's output, or the reply's text. */
  async ask(command: string): Promise<string> {
    this.send(command);
    const { headers, body } = await this.next();
    return headers['Content-Type'] === 'api/response' ? body : (headers['Reply-Text'] ?? '');
  }

  #read(text: string): void {
    this.#pending += text;
    for (;;) {
      const end = this.#pending.indexOf('\n\n');
      if (end < 0) return;
      const headers = Object.fromEntries(
        this.#pending
          .slice(0, end)
          .split('\n')
          .map((line) => line.split(/: (.*)/s, 2) as [string, string]),
      );
      const start = end + 2;
      const length = Number(headers['Content-Length'] ?? 0);
      if (this.#pending.length < start + length) return;
      this.#messages.push({ headers, body: this.#pending.slice(start, start + length) });
      this.#pending = this.#pending.slice(start + length);
      this.#wake();
    }
  }
}

/** A server for outbound event sockets; `connected` is the first connection to it. */
export async function listenForOutbound(): Promise<{
  address: string;
  connected: Promise<SocketClient>;
  close: () => void;
}> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connected = once(server, 'connection').then(([socket]) => new SocketClient(socket as Socket));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connected,
    close: () => server.close(),
  };
}
