import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { MediaError } from '../errors.js';

const MOST_REDIRECTIONS = 3;

/** What may be fetched. */
export interface FetchLimits {
  allowedHosts: readonly string[];
  maxBytes: number;
  timeoutMs: number;
  /** A PEM certificate authority to trust beside the system's. */
  ca?: string;
}

/** What the server has: a body with its version, or `null` when ours is still the newest. */
export type Fetched = { body: Buffer; version: string } | null;

/** Fetches sounds from allowed `https:` hosts, with limits of size and time that count over all redirections. */
export class SourceFetcher {
  readonly #limits: FetchLimits;
  readonly #agent: Agent;

  constructor(limits: FetchLimits) {
    this.#limits = limits;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: 16,
      ...(limits.ca === undefined ? {} : { ca: limits.ca }),
    });
  }

  /**
   * Gets an address; `version` is that of what is cached, `''` for nothing. Rejects with `HOST_NOT_ALLOWED`,
   * `SOURCE_MISSING`, `SOURCE_TOO_LARGE`, `SOURCE_TIMEOUT` or `SOURCE_UNREACHABLE`.
   */
  async fetch(address: string, version: string): Promise<Fetched> {
    const deadline = AbortSignal.timeout(this.#limits.timeoutMs);
    try {
      return await this.#follow(new URL(address), version, deadline);
    } catch (error) {
      if (error instanceof MediaError) throw error;
      if (deadline.aborted)
        throw new MediaError('SOURCE_TIMEOUT', `${address} did not come within ${this.#limits.timeoutMs} ms`);
      throw new MediaError('SOURCE_UNREACHABLE', `${address}: ${(error as Error).message}`, error);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #follow(first: URL, version: string, signal: AbortSignal): Promise<Fetched> {
    let url = first;
    for (let redirections = 0; redirections <= MOST_REDIRECTIONS; redirections++) {
      checkHost(url, this.#limits.allowedHosts);
      const response = await this.#request(url, version, signal);
      const { statusCode = 0, headers } = response;
      if (statusCode < 300 || statusCode >= 400 || statusCode === 304 || headers.location === undefined)
        return await this.#take(url, response);
      response.destroy();
      url = new URL(headers.location, url);
    }
    throw new MediaError('SOURCE_UNREACHABLE', `${first.href}: more than ${MOST_REDIRECTIONS} redirections`);
  }

  #request(url: URL, version: string, signal: AbortSignal): Promise<IncomingMessage> {
    const headers = version === '' ? {} : { 'If-None-Match': version };
    return new Promise((resolve, reject) => {
      get(url, { agent: this.#agent, signal, headers }, resolve).on('error', reject);
    });
  }

  async #take({ href }: URL, response: IncomingMessage): Promise<Fetched> {
    const { statusCode = 0, headers } = response;
    const { maxBytes } = this.#limits;
    try {
      if (statusCode === 304) return null;
      if (statusCode === 404 || statusCode === 410)
        throw new MediaError('SOURCE_MISSING', `${href}: ${statusCode}`);
      if (statusCode !== 200) throw new MediaError('SOURCE_UNREACHABLE', `${href}: status ${statusCode}`);
      if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(href, maxBytes);
      const parts: Buffer[] = [];
      let bytes = 0;
      for await (const part of response) {
        bytes += (part as Buffer).length;
        if (bytes > maxBytes) throw tooLarge(href, maxBytes);
        parts.push(part as Buffer);
      }
      return { body: Buffer.concat(parts), version: headers.etag ?? '' };
    } finally {
      if (statusCode === 304) response.resume();
      else response.destroy();
    }
  }
}

/** Throws `HOST_NOT_ALLOWED` unless it is an `https:` address of an allowed host. */
export function checkHost({ protocol, host, hostname, href }: URL, allowedHosts: readonly string[]): void {
  if (protocol !== 'https:') throw new MediaError('HOST_NOT_ALLOWED', `${href}: only https is allowed`);
  if (!allowedHosts.includes(hostname) && !allowedHosts.includes(host))
    throw new MediaError('HOST_NOT_ALLOWED', `${host} is not one of the allowed hosts`);
}

function tooLarge(href: string, maxBytes: number): MediaError {
  return new MediaError('SOURCE_TOO_LARGE', `${href} has more than ${maxBytes} bytes`);
}
