import { promises as dns } from 'node:dns';
import { isIP } from 'node:net';
import { OutdialError } from '@outdial/contract';
import { bareHost } from '../addresses.js';
import type { SipTransport } from '../configuration.js';

const KNOWN_MS = 30_000;
const UNKNOWN_MS = 5_000;
/** Enough for a campaign's trunks and hosts; bounded, since jobs may name any host. */
const CACHE_MAX = 1000;
/** The name server failed; it did not say that there is no such name. */
const TEMPORARY = new Set(['EAI_AGAIN', 'ESERVFAIL', 'ETIMEOUT', 'ECONNREFUSED', 'EREFUSED']);

type Answer = 'known' | 'unknown' | 'temporarilyUnknown';

/**
 * Checks before dialling that a SIP host has an address, so that a misspelt host is an error rather than a failed call.
 * drachtio resolves it again, fully (RFC 3263): without a port, a host with only NAPTR or SRV records passes too.
 */
export class HostCheck {
  readonly #cache = new Map<string, { answer: Promise<Answer>; until: number }>();

  /** Throws UNRESOLVABLE_HOST (retryable when the name server failed). `address`: `host` or `host:port`. */
  async assertResolvable(address: string, transport: SipTransport): Promise<void> {
    const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
    const answer = await this.#ask(bareHost(host), port !== undefined, transport);
    if (answer === 'known') return;
    throw new OutdialError('UNRESOLVABLE_HOST', `${host} has no address`, {
      retryable: answer === 'temporarilyUnknown',
    });
  }

  #ask(host: string, hasPort: boolean, transport: SipTransport): Promise<Answer> {
    if (isIP(host) !== 0) return Promise.resolve('known');
    const key = `${host.toLowerCase()} ${hasPort} ${transport}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.until > Date.now()) return cached.answer;
    const entry = { answer: lookUp(host, hasPort, transport), until: Date.now() + KNOWN_MS };
    if (this.#cache.size >= CACHE_MAX) this.#cache.clear();
    this.#cache.set(key, entry);
    return entry.answer.then((answer) => {
      if (answer !== 'known') entry.until = Date.now() + UNKNOWN_MS;
      return answer;
    });
  }
}

async function lookUp(host: string, hasPort: boolean, transport: SipTransport): Promise<Answer> {
  // Reserved to have no address (RFC 6761 section 6.4): no lookup is needed.
  if (/(?:^|\.)invalid\.?$/i.test(host)) return 'unknown';
  const addresses = await answerOf(dns.lookup(host));
  if (addresses === 'known' || hasPort) return addresses;
  const service = transport === 'tls' ? '_sips._tcp' : `_sip._${transport}`;
  const records = await Promise.all([
    answerOf(dns.resolveSrv(`${service}.${host}`)),
    answerOf(dns.resolveNaptr(host)),
  ]);
  const answers: Answer[] = [addresses, ...records];
  if (answers.includes('known')) return 'known';
  return answers.includes('temporarilyUnknown') ? 'temporarilyUnknown' : 'unknown';
}

async function answerOf(question: Promise<unknown>): Promise<Answer> {
  try {
    await question;
    return 'known';
  } catch (error) {
    return TEMPORARY.has((error as NodeJS.ErrnoException).code ?? '') ? 'temporarilyUnknown' : 'unknown';
  }
}
