import { OutdialError } from '@outdial/contract';
import type { Logger } from 'pino';
import type { TelephonyConfiguration } from './configuration.js';
import { DrachtioServer } from './drachtio-server.js';
import { UpSignal } from './up-signal.js';

/** The drachtio servers; a call goes to the least busy one that answers. */
export class DrachtioPool {
  readonly servers: readonly DrachtioServer[];
  readonly #up = new UpSignal();

  constructor(configuration: TelephonyConfiguration, logger: Logger) {
    this.servers = configuration.drachtio.map(
      (server) => new DrachtioServer(server, configuration.invitesPerSecond, logger),
    );
  }

  start(): void {
    for (const server of this.servers) server.start(() => this.#up.fire());
  }

  /** Whether at least one server answers. */
  get isReady(): boolean {
    return this.servers.some(({ isUp }) => isUp);
  }

  /** Resolves as soon as at least one server answers, or when the signal aborts. */
  async ready(signal?: AbortSignal): Promise<void> {
    if (!this.isReady) await this.#up.wait(signal);
  }

  /** The least busy server that answers; throws NO_DRACHTIO (retryable). */
  leastBusy(): DrachtioServer {
    const [first, ...others] = this.servers.filter(({ isUp }) => isUp);
    if (first === undefined) {
      const problems = this.servers.map((server) => `${server.address}: ${server.status().problem}`);
      throw new OutdialError('NO_DRACHTIO', `no drachtio answers (${problems.join(', ')})`, {
        retryable: true,
      });
    }
    return others.reduce((best, server) => (server.busyCalls < best.busyCalls ? server : best), first);
  }

  /** The server at `host:port`, if it is one of ours. */
  at(address: string): DrachtioServer | undefined {
    return this.servers.find((server) => server.address === address);
  }

  close(): void {
    for (const server of this.servers) server.close();
  }
}
