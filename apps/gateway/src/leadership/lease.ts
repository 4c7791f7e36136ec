import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { defineScripts, type RedisAccess, type RunScript, readScripts } from '@outdial/queue';
import type { Logger } from 'pino';

const SCRIPTS = readScripts(new URL('./lua/', import.meta.url), { files: { holdLease: 'hold-lease' } });

/** How long a gateway that leads may be silent before another one does. */
const LEASE_MS = 6000;
const RENEW_MS = 2000;
const LOOK_MS = 1000;

/**
 * Lets one gateway at a time do what all of them could do. It is no lock: a process that was frozen may find out late that it
 * leads no more, so what is done under it must be safe to be done twice.
 */
export class Lease {
  readonly #access: RedisAccess;
  readonly #key: string;
  readonly #logger: Logger;
  readonly #token = randomUUID();
  readonly #closing = new AbortController();
  #run: RunScript<'holdLease'> | null = null;
  #working: Promise<void> | null = null;

  constructor(access: RedisAccess, key: string, logger: Logger) {
    this.#access = access;
    this.#key = key;
    this.#logger = logger;
  }

  /** From now on calls `lead` whenever this process leads. It is to end when its signal is aborted; what it throws is logged. */
  start(lead: (signal: AbortSignal) => Promise<void>): void {
    this.#working = this.#takeTurns(lead);
  }

  /** Ends what is led, and lets another process lead at once. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#working;
  }

  async #takeTurns(lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const isOurs = await this.#hold(LEASE_MS).catch(() => false);
      if (isOurs) await this.#lead(lead);
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #lead(lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const lost = new AbortController();
    const renewing = setInterval(() => {
      this.#hold(LEASE_MS)
        .catch(() => false)
        .then((isOurs) => {
          if (!isOurs) lost.abort();
        });
    }, RENEW_MS);
    try {
      await lead(AbortSignal.any([lost.signal, this.#closing.signal]));
    } catch (error) {
      this.#logger.warn({ err: error, key: this.#key }, 'what this gateway leads was interrupted');
    } finally {
      clearInterval(renewing);
      await this.#hold(0).catch(() => undefined);
    }
  }

  /** Whether this process leads, for so long from now on; 0: it gives up. */
  async #hold(lastsMs: number): Promise<boolean> {
    return this.#access.request('hold a lease', async (client) => {
      this.#run ??= defineScripts(client, {
        namespace: 'outdial-lease',
        scripts: SCRIPTS,
        keys: [this.#key],
      });
      return (await this.#run<0 | 1>('holdLease', this.#token, lastsMs)) === 1;
    });
  }
}
