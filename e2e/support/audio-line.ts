import { createConnection, createServer, type Server, type Socket } from 'node:net';
import getPort from 'get-port';

/** The connection between FreeSWITCH and a worker's audio fork server, which a test can cut or hold up. */
export class AudioLine {
  /** For the worker's configuration. */
  readonly audioFork: { port: number; publicUrl: string };
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #onConnected: () => void = () => undefined;

  private constructor(server: Server, linePort: number, workerPort: number) {
    this.#server = server;
    this.audioFork = { port: workerPort, publicUrl: `ws://127.0.0.1:${linePort}` };
    server.on('connection', (fromSwitch) => this.#connect(fromSwitch));
  }

  static async open(): Promise<AudioLine> {
    const linePort = await getPort({ host: '127.0.0.1' });
    const workerPort = await getPort({ host: '127.0.0.1' });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(linePort, '127.0.0.1', resolve));
    return new AudioLine(server, linePort, workerPort);
  }

  /** Resolves with the next connection. */
  connected(): Promise<void> {
    return new Promise((resolve) => {
      this.#onConnected = resolve;
    });
  }

  /** Closes every connection at once. */
  cut(): void {
    for (const [fromSwitch, toWorker] of this.#pairs) {
      fromSwitch.destroy();
      toWorker.destroy();
    }
  }

  /** Drops all audio; the connections stay up. */
  holdUp(): void {
    for (const [fromSwitch] of this.#pairs) fromSwitch.unpipe().resume();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(fromSwitch: Socket): void {
    const toWorker = createConnection(this.audioFork.port, '127.0.0.1');
    const pair = [fromSwitch, toWorker] as const;
    this.#pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#pairs.delete(pair);
        for (const end of pair) end.destroy();
      });
    }
    fromSwitch.pipe(toWorker);
    toWorker.pipe(fromSwitch);
    this.#onConnected();
  }
}
