import { promises as dns } from 'node:dns';
import { isIP } from 'node:net';
import { OutdialError } from '@outdial/contract';
import type { SipTransport } from './configuration.js';

const KNOWN_MS = 30_000;
const UNKNOWN_MS = 5_000;
/** Enough for a campaign's trunks and hosts, little enough for a job that makes names up. */
const CACHE_MAX = 1000;
/** The name server failed, rather than said that there is no such name. */
const TEMPORARY = new Set(['EAI_AGAIN', 'ESERVFAIL', 'ETIMEOUT', 'ECONNREFUSED', 'EREFUSED']);

type Answer = 'known' | 'unknown' | 'temporarilyUnknown';

/**
 * Asks before dialling whether a SIP host has an address at all, so that a misspelt host is an error and
 * not a call that failed. drachtio resolves by itself and better (RFC 3263): where there is no port, a host
 * with nothing but NAPTR or SRV records passes too.
 */
export class HostCheck {
  readonly #cache = new Map<string, { answer: Promise<Answer>; until: number }>();

  /** Throws UNRESOLVABLE_HOST (retryable when the name server, not the name, is at fault). */
  async assertResolvable(address: string, transport: SipTransport): Promise<void> {
    const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
    const answer = await this.#ask(host.replace(/^\[|\]$/g, ''), port !== undefined, transport);
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
    const entry = { answer: look(host, hasPort, transport), until: Date.now() + KNOWN_MS };
    if (this.#cache.size >= CACHE_MAX) this.#cache.clear();
    this.#cache.set(key, entry);
    return entry.answer.then((answer) => {
      if (answer !== 'known') entry.until = Date.now() + UNKNOWN_MS;
      return answer;
    });
  }
}

async function look(host: string, hasPort: boolean, transport: SipTransport): Promise<Answer> {
  // Reserved to have no address (RFC 6761, section 6.4): no name server need be asked.
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
