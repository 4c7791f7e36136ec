import {
  type Cable,
  type EngineAddress,
  freePort,
  type IsHeldBy,
  layCable,
  socketAt,
  type TcpAddress,
  Wire,
} from '@outdial/testkit';

interface SwitchAddress {
  readonly drachtio: EngineAddress;
  readonly freeswitch: EngineAddress;
}

/** What the connections of a worker run through, each to be cut, frozen and mended. */
export class Wires {
  readonly drachtio = new Wire();
  /** Those to its event socket, and its own back to the worker. */
  readonly freeswitch = new Wire();
  readonly redis = new Wire();
  /** Where this worker finds Redis. */
  readonly redisUrl: string;
  readonly #cables: Cable[];

  private constructor(toRedis: Cable) {
    this.redisUrl = `redis://${toRedis.host}:${toRedis.port}`;
    this.#cables = [toRedis];
  }

  static async lay(redis: TcpAddress): Promise<Wires> {
    const wires: Wires = new Wires(await layCable(redis, () => wires.redis));
    return wires;
  }

  /** Where a new worker listens for FreeSWITCH, and where FreeSWITCH is told to find it. */
  async layBack(): Promise<{ listenPort: number; advertisedPort: number }> {
    const listenPort = await freePort();
    const back = await layCable({ host: '127.0.0.1', port: listenPort }, () => this.freeswitch);
    this.#cables.push(back);
    return { listenPort, advertisedPort: back.port };
  }

  async remove(): Promise<void> {
    await Promise.all(this.#cables.map((cable) => cable.remove()));
  }
}

/**
 * Lays cables to the switch that all workers share, since one can release the calls of another only where both know the
 * servers by the same name. `wiresOf`: those of the worker that has the near end of a connection; null refuses it.
 */
export async function layToSwitch(
  { drachtio, freeswitch }: SwitchAddress,
  wiresOf: (isHeldBy: IsHeldBy) => Wires | null,
): Promise<SwitchAddress & { remove(): Promise<void> }> {
  const [toDrachtio, toFreeswitch] = await Promise.all([
    layCable(drachtio, (near) => wiresOf(socketAt('tcp', near.remotePort ?? 0))?.drachtio ?? null),
    layCable(freeswitch, (near) => wiresOf(socketAt('tcp', near.remotePort ?? 0))?.freeswitch ?? null),
  ]);
  return {
    drachtio: { ...drachtio, host: toDrachtio.host, port: toDrachtio.port },
    freeswitch: { ...freeswitch, host: toFreeswitch.host, port: toFreeswitch.port },
    remove: async () => {
      await Promise.all([toDrachtio.remove(), toFreeswitch.remove()]);
    },
  };
}
