import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** A TCP cable to a server, which passes nothing back any more on a connection that has carried a certain text. */
export async function layOneWayCable(
  to: { host: string; port: number },
  mutedBy: string,
): Promise<{ port: number; remove(): void }> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((near) => {
    const far = connect(to);
    far.pipe(near);
    near.on('data', (data) => {
      if (data.includes(mutedBy)) far.unpipe(near).resume();
      far.write(data);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    remove: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
