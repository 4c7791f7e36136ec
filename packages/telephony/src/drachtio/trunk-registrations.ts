import type { Logger } from 'pino';
import type { Trunk } from '../configuration.js';
import type { DrachtioServer } from './drachtio-server.js';
import { Registration, type RegistrationStatus } from './registration.js';

/** Keeps every trunk that asks for it registered through every drachtio server that answers. */
export class TrunkRegistrations {
  readonly #registrations: Map<DrachtioServer, Registration[]>;

  constructor(trunks: readonly Trunk[], servers: readonly DrachtioServer[], logger: Logger) {
    const registering = trunks.filter(({ register }) => register !== undefined);
    this.#registrations = new Map(
      servers.map((server) => [server, registering.map((trunk) => new Registration(trunk, server, logger))]),
    );
  }

  /** To be called each time that a server answers; it ends by itself when the server is lost or the signal aborts. */
  start(server: DrachtioServer, closing: AbortSignal): void {
    const registrations = this.#registrations.get(server) ?? [];
    if (registrations.length === 0) return;
    const lost = new AbortController();
    server.onLost(() => lost.abort());
    const whileUp = AbortSignal.any([closing, lost.signal]);
    for (const registration of registrations) void registration.run(whileUp);
  }

  statuses(): RegistrationStatus[] {
    return [...this.#registrations.values()].flat().map(({ status }) => status);
  }
}
