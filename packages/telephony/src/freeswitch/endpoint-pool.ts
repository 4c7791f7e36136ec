import type { Logger } from 'pino';
import { withTimeout } from '../async/with-timeout.js';
import type { TelephonyConfiguration } from '../configuration.js';
import type { DrachtioServer } from '../drachtio/drachtio-server.js';
import type { FreeswitchServer } from './freeswitch-server.js';
import type { Endpoint } from './fsmrf-types.js';

const DESTROY_WITHIN_MS = 5000;
const SWEEP_EVERY_MS = 5000;

/** An endpoint and the servers that it lives on; gone when either is lost. */
export interface PooledEndpoint {
  readonly endpoint: Endpoint;
  readonly drachtio: DrachtioServer;
  readonly freeswitch: FreeswitchServer;
  readonly madeAt: number;
  /** It has been bridged: FreeSWITCH no longer ends it when its event socket is closed. */
  outlivesSocket: boolean;
  /** Set by its user; called once when it is lost in use. */
  onLost: () => void;
}

/**
 * The endpoints of one FreeSWITCH. Endpoints are expensive (at most 50 are created a second) and most dials are never
 * answered, so an endpoint that no audio has reached serves the next dial; one that has carried audio is destroyed. Few
 * are created at a time, since FreeSWITCH collapses when asked for too many.
 */
export class EndpointPool {
  readonly freeswitch: FreeswitchServer;
  readonly #limits: TelephonyConfiguration['endpoints'];
  readonly #logger: Logger;
  /** Each with the function that stops watching its drachtio, whose loss would leave it without a dialog. */
  readonly #idle = new Map<PooledEndpoint, () => void>();
  #inUse = 0;
  #creating = 0;
  readonly #waiting: Array<() => void> = [];
  /** The functions that stop watching each endpoint's FreeSWITCH. */
  readonly #unwatch = new WeakMap<PooledEndpoint, () => void>();
  readonly #destroying = new Set<Promise<void>>();
  readonly #sweep: NodeJS.Timeout;

  constructor(freeswitch: FreeswitchServer, limits: TelephonyConfiguration['endpoints'], logger: Logger) {
    this.freeswitch = freeswitch;
    this.#limits = limits;
    this.#logger = logger;
    this.#sweep = setInterval(() => this.#releaseOld(), SWEEP_EVERY_MS);
    this.#sweep.unref();
  }

  /** Endpoints taken or being created for a dial. */
  get inUse(): number {
    return this.#inUse;
  }

  get idle(): number {
    return this.#idle.size;
  }

  /** An unused endpoint signalled through `drachtio`: an idle or a new one. Rejects when there is none. */
  async take(drachtio: DrachtioServer): Promise<PooledEndpoint> {
    this.#inUse += 1;
    try {
      const waiting = [...this.#idle.keys()].find((pooled) => pooled.drachtio === drachtio);
      if (waiting === undefined) return await this.#create(drachtio);
      this.#removeIdle(waiting);
      return waiting;
    } catch (error) {
      this.#inUse -= 1;
      throw error;
    }
  }

  /** Takes back an endpoint that no audio has reached. */
  giveBack(pooled: PooledEndpoint): Promise<void> {
    const isUsable = pooled.endpoint.connected && pooled.drachtio.isUp && this.freeswitch.isUp;
    if (!isUsable || this.#idle.size >= this.#limits.idleMax || this.#isOld(pooled))
      return this.destroy(pooled);
    this.#inUse -= 1;
    const drop = () => {
      this.#removeIdle(pooled);
      void this.#destroy(pooled);
    };
    pooled.onLost = drop;
    this.#idle.set(pooled, pooled.drachtio.onLost(drop));
    return Promise.resolve();
  }

  /** Ends an endpoint that was taken. Never rejects. */
  destroy(pooled: PooledEndpoint): Promise<void> {
    this.#inUse -= 1;
    return this.#destroy(pooled);
  }

  /** Destroys the idle endpoints; resolves when every endpoint being destroyed is gone. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    for (const pooled of this.#idle.keys()) {
      this.#removeIdle(pooled);
      void this.#destroy(pooled);
    }
    await Promise.all(this.#destroying);
  }

  async #create(drachtio: DrachtioServer): Promise<PooledEndpoint> {
    // A waiting caller takes over the place of one that is done.
    if (this.#creating < this.#limits.creatingMax) this.#creating += 1;
    else await new Promise<void>((go) => this.#waiting.push(go));
    try {
      const endpoint = await this.freeswitch.createEndpoint(drachtio);
      return this.#watch({
        endpoint,
        drachtio,
        freeswitch: this.freeswitch,
        madeAt: Date.now(),
        outlivesSocket: false,
        onLost: () => undefined,
      });
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#creating -= 1;
      else next();
    }
  }

  #watch(pooled: PooledEndpoint): PooledEndpoint {
    this.#unwatch.set(
      pooled,
      this.freeswitch.onLost(() => pooled.onLost()),
    );
    // Emitted when FreeSWITCH or the far side ends it, not when we do.
    pooled.endpoint.once('destroy', () => {
      this.#unwatch.get(pooled)?.();
      pooled.onLost();
    });
    return pooled;
  }

  #destroy(pooled: PooledEndpoint): Promise<void> {
    pooled.onLost = () => undefined;
    this.#unwatch.get(pooled)?.();
    // The library waits for a BYE response that never comes when drachtio or the channel is gone; FreeSWITCH closing
    // the channel's own connection is as good.
    const ended = Promise.race([closed(pooled.endpoint), pooled.endpoint.destroy()]);
    const destroying = withTimeout(ended, DESTROY_WITHIN_MS, 'destroying an endpoint')
      .catch((error) =>
        this.#logger.warn({ err: error, uuid: pooled.endpoint.uuid }, 'endpoint not destroyed in time'),
      )
      .then(() => (pooled.outlivesSocket ? this.freeswitch.endChannel(pooled.endpoint.uuid) : undefined))
      .finally(() => this.#destroying.delete(destroying));
    this.#destroying.add(destroying);
    return destroying;
  }

  #removeIdle(pooled: PooledEndpoint): void {
    this.#idle.get(pooled)?.();
    this.#idle.delete(pooled);
  }

  #isOld({ madeAt }: PooledEndpoint): boolean {
    return Date.now() - madeAt > this.#limits.idleMaxAgeSeconds * 1000;
  }

  #releaseOld(): void {
    for (const pooled of this.#idle.keys()) {
      if (!this.#isOld(pooled)) continue;
      this.#removeIdle(pooled);
      void this.#destroy(pooled);
    }
  }
}

function closed({ conn }: Endpoint): Promise<void> {
  return new Promise((resolve) => conn?.socket?.once('close', () => resolve()));
}
