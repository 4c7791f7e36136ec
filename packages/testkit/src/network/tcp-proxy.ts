import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpAddress {
  host: string;
  port: number;
}

/** One proxied connection: from the client, and on to the server (null while that is not connected yet). */
interface Connection {
  readonly client: Socket;
  server: Socket | null;
  readonly to: TcpAddress;
}

/**
 * The connections between a client and a server that pass through proxies together. They can be cut, frozen
 * and restored, so that client and server lose each other while both keep running.
 */
export class FaultLink {
  readonly #connections = new Set<Connection>();
  #state: 'up' | 'cut' | 'frozen' = 'up';

  /** Closes every connection, and each further one as soon as it is made, until `restore`. */
  cut(): void {
    this.#state = 'cut';
    for (const connection of this.#connections) this.#close(connection);
  }

  /**
   * Forwards nothing in either direction until `restore`. Connections stay open, and neither end learns of a
   * close.
   */
  freeze(): void {
    this.#state = 'frozen';
    for (const { client, server } of this.#connections) {
      client.unpipe().pause();
      server?.unpipe().pause();
    }
  }

  /**
   * Forwards again. After `freeze`, what was sent meanwhile arrives late, as after a spell of packet loss;
   * with `loses` it is lost and the connections are closed, as when TCP gives up.
   */
  restore({ loses = false }: { loses?: boolean } = {}): void {
    const frozen = this.#state === 'frozen' ? [...this.#connections] : [];
    this.#state = 'up';
    for (const connection of frozen) {
      if (loses || connection.client.destroyed || connection.server?.destroyed) this.#close(connection);
      else this.#forward(connection);
    }
  }

  /** Forwards an accepted connection to a server. */
  accept(client: Socket, to: TcpAddress): void {
    const connection: Connection = { client, server: null, to };
    this.#connections.add(connection);
    this.#watch(client, connection);
    if (this.#state === 'cut') this.#close(connection);
    else if (this.#state === 'frozen') client.pause();
    else this.#forward(connection);
  }

  #forward(connection: Connection): void {
    connection.server ??= this.#watch(connect(connection.to), connection);
    connection.client.pipe(connection.server);
    connection.server.pipe(connection.client);
  }

  /** While frozen, one end does not learn that the other has closed; `restore` closes it then. */
  #watch(end: Socket, connection: Connection): Socket {
    end.setNoDelay(true);
    end.on('error', () => undefined);
    end.on('close', (hadError) => {
      if (this.#state === 'frozen') return;
      if (hadError) this.#close(connection);
      // What was sent before the close is still delivered.
      connection.client.destroySoon();
      connection.server?.destroySoon();
      if (connection.client.destroyed) this.#connections.delete(connection);
    });
    return end;
  }

  #close(connection: Connection): void {
    this.#connections.delete(connection);
    connection.client.destroy();
    connection.server?.destroy();
  }
}

/** A port of 127.0.0.1 that stands in for a server. */
export interface TcpProxy extends TcpAddress {
  /** Closes its connections and stops listening. */
  close(): Promise<void>;
}

/**
 * Opens a proxy to a server. Each connection belongs to the link that `linkOf` returns for it; null refuses
 * it. So several clients can share a port, and one of them be cut off.
 */
export async function openTcpProxy(
  to: TcpAddress,
  linkOf: (client: Socket) => FaultLink | null,
): Promise<TcpProxy> {
  const links = new Set<FaultLink>();
  const accept = (client: Socket) => {
    const link = linkOf(client);
    if (link === null) {
      client.destroy();
      return;
    }
    links.add(link);
    link.accept(client, to);
  };
  return listenAsProxy(accept, () => {
    for (const link of links) link.cut();
  });
}

/** Listens on a free port: `accept` gets each connection, `closeAll` ends those that it has accepted. */
export async function listenAsProxy(
  accept: (client: Socket) => void,
  closeAll: () => void,
): Promise<TcpProxy> {
  const server = createServer(accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      closeAll();
      await closed;
    },
  };
}
