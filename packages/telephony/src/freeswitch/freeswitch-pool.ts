import { OutdialError } from '@outdial/contract';
import type { Logger } from 'pino';
import type { ServerStatus } from '../api.js';
import { UpSignal } from '../async/up-signal.js';
import type { TelephonyConfiguration } from '../configuration.js';
import type { DrachtioServer } from '../drachtio/drachtio-server.js';
import { EndpointPool, type PooledEndpoint } from './endpoint-pool.js';
import { FreeswitchServer } from './freeswitch-server.js';

/** The FreeSWITCH servers and their endpoints; a dial's endpoint comes from the least busy one that answers. */
export class FreeswitchPool {
  readonly #pools: readonly EndpointPool[];
  readonly #logger: Logger;
  readonly #up = new UpSignal();

  constructor(configuration: TelephonyConfiguration, logger: Logger) {
    this.#logger = logger;
    this.#pools = configuration.freeswitch.map(
      (server) => new EndpointPool(new FreeswitchServer(server, logger), configuration.endpoints, logger),
    );
  }

  start(): void {
    for (const { freeswitch } of this.#pools) freeswitch.start(() => this.#up.fire());
  }

  /** Whether at least one server answers. */
  get isReady(): boolean {
    return this.#pools.some(({ freeswitch }) => freeswitch.isUp);
  }

  /** Resolves as soon as at least one server answers, or when the signal aborts. */
  async ready(signal?: AbortSignal): Promise<void> {
    if (!this.isReady) await this.#up.wait(signal);
  }

  /** Why no server can have voice bots, or null: one that can is enough. */
  get objectionToBots(): string | null {
    const objections = this.#pools.map(({ freeswitch }) => freeswitch.objectionToBots);
    return objections.includes(null) ? null : (objections[0] ?? null);
  }

  /**
   * An unused endpoint, signalled through `drachtio`: of the least busy server, of those that can have voice bots where that is
   * needed, or of one pool alone. Throws NO_FREESWITCH (retryable).
   */
  async take(
    drachtio: DrachtioServer,
    { only, forBots }: { only: EndpointPool | undefined; forBots: boolean },
  ): Promise<{ pool: EndpointPool; pooled: PooledEndpoint }> {
    const fit = this.#pools.filter(({ freeswitch }) => !forBots || freeswitch.objectionToBots === null);
    const possible = only === undefined ? fit : [only];
    const pools = possible.filter(({ freeswitch }) => freeswitch.isUp);
    const problems = possible
      .filter(({ freeswitch }) => !freeswitch.isUp)
      .map(({ freeswitch }) => `${freeswitch.address}: ${freeswitch.problem}`);
    for (const pool of pools.sort((a, b) => loadOf(a) - loadOf(b))) {
      try {
        return { pool, pooled: await pool.take(drachtio) };
      } catch (error) {
        const { address } = pool.freeswitch;
        this.#logger.warn({ err: error, freeswitch: address }, 'endpoint creation failed');
        problems.push(`${address}: ${(error as Error).message}`);
      }
    }
    throw new OutdialError('NO_FREESWITCH', `no FreeSWITCH gives an endpoint (${problems.join(', ')})`, {
      retryable: true,
    });
  }

  /** How often audio was dropped by a server that could not keep up, since this was last asked. */
  takeLosses(): number {
    return this.#pools.reduce((sum, { freeswitch }) => sum + freeswitch.takeLosses(), 0);
  }

  /** The server at `host:port`, if it is one of ours. */
  at(address: string): FreeswitchServer | undefined {
    return this.#pools.find(({ freeswitch }) => freeswitch.address === address)?.freeswitch;
  }

  statuses(): ServerStatus[] {
    return this.#pools.map(({ freeswitch, inUse, idle }) => ({
      kind: 'freeswitch',
      address: freeswitch.address,
      isUp: freeswitch.isUp,
      busyCalls: inUse,
      idleEndpoints: idle,
      problem: freeswitch.problem,
    }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.close()));
    for (const { freeswitch } of this.#pools) freeswitch.close();
  }
}

/** Next to what it can carry. One more call counts, so that of two idle servers the stronger one is taken. */
function loadOf({ inUse, freeswitch }: EndpointPool): number {
  return (inUse + 1) / freeswitch.strength;
}
