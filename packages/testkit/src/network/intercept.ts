import { connect, type Socket } from 'node:net';
import { listenAsProxy, type TcpAddress, type TcpProxy } from './tcp-proxy.js';

/**
 * Changes the bytes of one connection: what a function returns is forwarded, null drops them. Default:
 * unchanged.
 */
export interface Intercept {
  toServer?: (data: Buffer) => Buffer | null;
  toClient?: (data: Buffer) => Buffer | null;
}

/**
 * Opens a proxy to a server that changes or drops what passes through it; `interceptOf` is called once a
 * connection.
 */
export async function openIntercept(to: TcpAddress, interceptOf: () => Intercept): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const forward = (from: Socket, other: Socket, change: Intercept['toServer']) => {
    sockets.add(from.setNoDelay(true));
    from.on('data', (data) => {
      const changed = change === undefined ? data : change(data);
      if (changed !== null) other.write(changed);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      other.destroy();
    });
  };
  const accept = (client: Socket) => {
    const server = connect(to);
    const { toServer, toClient } = interceptOf();
    forward(client, server, toServer);
    forward(server, client, toClient);
  };
  return listenAsProxy(accept, () => {
    for (const socket of sockets) socket.destroy();
  });
}
