import type { ServerStatus } from '@outdial/telephony';
import type { Logger } from 'pino';

/** Logs how each drachtio and FreeSWITCH server is: at first, and whenever that, or the reason, changes. */
export class ServerLog {
  readonly #servers: () => readonly ServerStatus[];
  readonly #logger: Logger;
  readonly #logged = new Map<string, string>();

  constructor(servers: () => readonly ServerStatus[], logger: Logger) {
    this.#servers = servers;
    this.#logger = logger;
  }

  /** Logs what has changed since the last time. */
  update(): void {
    for (const { kind, address, isUp, problem } of this.#servers()) {
      const state = isUp ? 'up' : `down: ${problem ?? 'unknown reason'}`;
      const server = `${kind} ${address}`;
      if (this.#logged.get(server) === state) continue;
      this.#logged.set(server, state);
      if (isUp) this.#logger.info({ kind, address }, 'server answers');
      else this.#logger.warn({ kind, address, problem }, 'server cannot be used');
    }
  }
}
