import {
  FaultLink,
  freePort,
  type IsHeldBy,
  openTcpProxy,
  type ServerAddress,
  socketAt,
  type TcpAddress,
  type TcpProxy,
} from '@outdial/testkit';

interface ServerAddresses {
  readonly drachtio: ServerAddress;
  readonly freeswitch: ServerAddress;
}

/** What the connections of a worker run through, each to be cut, frozen and mended. */
export class FaultLinks {
  readonly drachtio = new FaultLink();
  /** Those to its event socket, and its own back to the worker. */
  readonly freeswitch = new FaultLink();
  readonly redis = new FaultLink();
  /** Where this worker finds Redis. */
  readonly redisUrl: string;
  readonly #proxies: TcpProxy[];

  private constructor(toRedis: TcpProxy) {
    this.redisUrl = `redis://${toRedis.host}:${toRedis.port}`;
    this.#proxies = [toRedis];
  }

  static async open(redis: TcpAddress): Promise<FaultLinks> {
    const links: FaultLinks = new FaultLinks(await openTcpProxy(redis, () => links.redis));
    return links;
  }

  /** Opens a proxy for FreeSWITCH's connections to a new worker, which listens on `listenPort`. */
  async openReturnProxy(): Promise<{ listenPort: number; advertisedPort: number }> {
    const listenPort = await freePort();
    const back = await openTcpProxy({ host: '127.0.0.1', port: listenPort }, () => this.freeswitch);
    this.#proxies.push(back);
    return { listenPort, advertisedPort: back.port };
  }

  async close(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }
}

/**
 * Opens proxies to the servers, shared by all workers, since one can release the calls of another only where
 * both know the servers by the same name. `linksOf`: those of the worker that has the near end of a
 * connection; null refuses it.
 */
export async function openServerProxies(
  { drachtio, freeswitch }: ServerAddresses,
  linksOf: (isHeldBy: IsHeldBy) => FaultLinks | null,
): Promise<ServerAddresses & { close(): Promise<void> }> {
  const [toDrachtio, toFreeswitch] = await Promise.all([
    openTcpProxy(drachtio, (client) => linksOf(socketAt('tcp', client.remotePort ?? 0))?.drachtio ?? null),
    openTcpProxy(
      freeswitch,
      (client) => linksOf(socketAt('tcp', client.remotePort ?? 0))?.freeswitch ?? null,
    ),
  ]);
  return {
    drachtio: { ...drachtio, host: toDrachtio.host, port: toDrachtio.port },
    freeswitch: { ...freeswitch, host: toFreeswitch.host, port: toFreeswitch.port },
    close: async () => {
      await Promise.all([toDrachtio.close(), toFreeswitch.close()]);
    },
  };
}
