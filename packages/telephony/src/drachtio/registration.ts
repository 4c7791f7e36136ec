import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Trunk } from '../configuration.js';
import { cseqOf } from '../sip/header.js';
import { accountUser, trunkRequest } from '../sip/trunk-request.js';
import { requestAuthenticated } from './authenticated-request.js';
import type { DrachtioServer } from './drachtio-server.js';
import type { SipResponse } from './srf-types.js';

/** The pause after a failure, in milliseconds; doubled with each further one. */
const RETRY_MIN_MS = 2000;
const RETRY_MAX_MS = 120_000;

export interface RegistrationStatus {
  trunk: string;
  /** `host:port` of the drachtio server. */
  drachtio: string;
  /** Why the trunk is not registered, or null: it is. */
  problem: string | null;
}

/**
 * Keeps one trunk registered through one drachtio server (RFC 3261, section 10.2): refreshed at half its time, and tried
 * again after a failure. It is never withdrawn: other workers may call through the same server, and would be refused.
 */
export class Registration {
  readonly #trunk: Trunk;
  readonly #drachtio: DrachtioServer;
  readonly #logger: Logger;
  readonly #callId = randomUUID();
  #cseq = 0;
  #expiresSeconds: number;
  #status: RegistrationStatus;

  constructor(trunk: Trunk, drachtio: DrachtioServer, logger: Logger) {
    this.#trunk = trunk;
    this.#drachtio = drachtio;
    this.#expiresSeconds = trunk.register?.expiresSeconds ?? 600;
    this.#logger = logger.child({ trunk: trunk.name, drachtio: drachtio.address });
    this.#status = this.#statusOf('not registered yet');
  }

  get status(): RegistrationStatus {
    return this.#status;
  }

  /** Registers for as long as the server answers. Never rejects. */
  async run(whileUp: AbortSignal): Promise<void> {
    let failures = 0;
    while (!whileUp.aborted) {
      const heldMs = await this.#register();
      failures = heldMs === null ? failures + 1 : 0;
      const pauseMs = heldMs ?? Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (failures - 1));
      await delay(pauseMs, undefined, { signal: whileUp }).catch(() => undefined);
    }
    this.#status = this.#statusOf('drachtio does not answer');
  }

  /** Resolves with the milliseconds until the refresh, or null where it failed. */
  async #register(): Promise<number | null> {
    try {
      const response = await this.#send();
      this.#cseq = cseqOf(response);
      if (response.status === 423) return this.#lengthen(response);
      if (response.status < 200 || response.status > 299)
        return this.#failed(`REGISTER was answered with ${response.status} ${response.reason}`);
      const seconds = grantedSeconds(response, this.#expiresSeconds);
      if (this.#status.problem !== null) this.#logger.info({ seconds }, 'trunk registered');
      this.#status = this.#statusOf(null);
      return (seconds * 1000) / 2;
    } catch (error) {
      return this.#failed((error as Error).message);
    }
  }

  #send(): Promise<SipResponse> {
    const request = trunkRequest('REGISTER', this.#trunk, {
      callId: this.#callId,
      cseq: this.#cseq + 1,
      // drachtio puts its own address in the place of `localhost`.
      headers: { Contact: `<sip:${accountUser(this.#trunk)}@localhost>;expires=${this.#expiresSeconds}` },
    });
    return requestAuthenticated(this.#drachtio, request, this.#trunk.credentials ?? null);
  }

  /** The registrar wants longer intervals (RFC 3261, section 10.2.8). */
  #lengthen(response: SipResponse): number | null {
    const wanted = Number.parseInt([response.msg.headers['min-expires'] ?? ''].flat()[0] ?? '', 10);
    if (!(wanted > this.#expiresSeconds)) return this.#failed('423 without a longer Min-Expires');
    this.#expiresSeconds = wanted;
    return 0;
  }

  #failed(problem: string): null {
    if (this.#status.problem !== problem) this.#logger.warn({ problem }, 'trunk not registered');
    this.#status = this.#statusOf(problem);
    return null;
  }

  #statusOf(problem: string | null): RegistrationStatus {
    return { trunk: this.#trunk.name, drachtio: this.#drachtio.address, problem };
  }
}

/** What the registrar granted: the `expires` of our Contact, else its Expires header, else what was asked for. */
function grantedSeconds({ msg: { headers } }: SipResponse, asked: number): number {
  const contact = [headers.contact ?? []].flat().join(',');
  const granted = /;\s*expires\s*=\s*(\d{1,9})/i.exec(contact)?.[1] ?? [headers.expires ?? []].flat()[0];
  const seconds = Number.parseInt(granted ?? '', 10);
  return seconds > 0 ? seconds : asked;
}
