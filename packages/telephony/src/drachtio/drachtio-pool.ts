import { OutdialError } from '@outdial/contract';
import type { Logger } from 'pino';
import { UpSignal } from '../async/up-signal.js';
import type { TelephonyConfiguration } from '../configuration.js';
import { DrachtioServer } from './drachtio-server.js';

/** The drachtio servers; a call goes to the least busy one that answers. */
export class DrachtioPool {
  readonly servers: readonly DrachtioServer[];
  readonly #up = new UpSignal();
  readonly #perSecond: number;
  #announced = 0;

  constructor(configuration: TelephonyConfiguration, logger: Logger) {
    this.#perSecond = configuration.invitesPerSecond;
    this.servers = configuration.drachtio.map(
      (server) => new DrachtioServer(server, configuration.invitesPerSecond, logger),
    );
  }

  /** `onUp` is called each time that a server answers. */
  start(onUp: (server: DrachtioServer) => void): void {
    for (const server of this.servers) {
      server.start(() => {
        this.#up.fire();
        onUp(server);
      });
    }
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

  /** A dial is being prepared, and will ask for a turn. The returned function is to be called when it does, or gives up. */
  announce(): () => void {
    this.#announced += 1;
    let isOver = false;
    return () => {
      if (!isOver) this.#announced -= 1;
      isOver = true;
    };
  }

  /**
   * How long the next INVITE has to wait, in milliseconds: at the server that is soonest ready for it, and after those of the
   * dials that are announced. 0 when no server answers.
   */
  turnWaitMs(): number {
    const waits = this.servers.filter(({ isUp }) => isUp).map(({ turnWaitMs }) => turnWaitMs);
    if (waits.length === 0) return 0;
    return Math.min(...waits) + (1000 * this.#announced) / (this.#perSecond * waits.length);
  }

  /** The server at `host:port`, if it is one of ours. */
  at(address: string): DrachtioServer | undefined {
    return this.servers.find((server) => server.address === address);
  }

  close(): void {
    for (const server of this.servers) server.close();
  }
}
