import { connect, type Socket } from 'node:net';
import { type Cable, openCable, type TcpAddress } from './cable.js';

/** What becomes of the bytes of one connection: they pass on as returned; null: they do not. Left out: as they came. */
export interface Tap {
  toServer?: (data: Buffer) => Buffer | null;
  toClient?: (data: Buffer) => Buffer | null;
}

/** Lays a cable to a server that changes or swallows what passes through it; each connection has a tap of its own. */
export async function layTap(to: TcpAddress, tapOf: () => Tap): Promise<Cable> {
  const sockets = new Set<Socket>();
  const carry = (from: Socket, other: Socket, change: Tap['toServer']) => {
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
  const take = (near: Socket) => {
    const far = connect(to);
    const { toServer, toClient } = tapOf();
    carry(near, far, toServer);
    carry(far, near, toClient);
  };
  return openCable(take, () => {
    for (const socket of sockets) socket.destroy();
  });
}
