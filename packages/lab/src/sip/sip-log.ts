/** A record of what went over the wire, kept by the far end; tests rely on it. */
import { EventEmitter } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { cseqOf, type SipMessage } from './message/message.js';
import type { Peer } from './transport/transport.js';

export interface SipLogEntry {
  /** Epoch milliseconds. */
  readonly timeMs: number;
  readonly direction: 'in' | 'out';
  readonly callId: string;
  /** The request's method; of a response, the method it answers. */
  readonly method: string;
  /** Of a response; absent for a request. */
  readonly status?: number;
  /** Of a request; absent for a response. */
  readonly uri?: string;
  /** `udp 127.0.0.1:5060` */
  readonly peer: string;
  /**
   * From, To, CSeq, Contact, Expires, Reason, Retry-After, Replaces, User-Agent, P-Asserted-Identity and every X-
   * header it had.
   */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SipLogOptions {
  /** JSON lines are appended here as well. */
  readonly file?: string;
  /** Beyond this many, the oldest are dropped; default 100,000. */
  readonly maxEntries?: number;
}

const KEPT = new Set([
  'From',
  'To',
  'CSeq',
  'Contact',
  'Expires',
  'Reason',
  'Retry-After',
  'Replaces',
  'User-Agent',
  'P-Asserted-Identity',
  'Traceparent',
]);

/**
 * Every request and final response, sent or received. Retransmissions are left out, except of a 2xx and its
 * ACK.
 */
export class SipLog extends EventEmitter<{ entry: [SipLogEntry] }> {
  readonly #entries: SipLogEntry[] = [];
  readonly #maxEntries: number;
  readonly #file: WriteStream | undefined;

  constructor(options: SipLogOptions = {}) {
    super();
    // Many tests may wait at once.
    this.setMaxListeners(0);
    this.#maxEntries = options.maxEntries ?? 100_000;
    this.#file = options.file === undefined ? undefined : createWriteStream(options.file, { flags: 'a' });
  }

  get entries(): readonly SipLogEntry[] {
    return this.#entries;
  }

  /** The requests of that method, e.g. `requests('INVITE', 'in')`. */
  requests(method: string, direction?: 'in' | 'out'): SipLogEntry[] {
    return this.#entries.filter(
      (e) =>
        e.method === method &&
        e.status === undefined &&
        (direction === undefined || e.direction === direction),
    );
  }

  /** Everything of one call, in order. */
  ofCall(callId: string): SipLogEntry[] {
    return this.#entries.filter((entry) => entry.callId === callId);
  }

  /** Resolves with the first matching entry, past or future. Rejects after `timeoutMs` (default 25,000). */
  waitFor(isWanted: (entry: SipLogEntry) => boolean, timeoutMs = 25_000): Promise<SipLogEntry> {
    const past = this.#entries.find(isWanted);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.off('entry', onEntry);
      };
      const timer = setTimeout(() => {
        settle();
        reject(new Error(`no matching entry in the SIP log within ${timeoutMs} ms`));
      }, timeoutMs);
      const onEntry = (entry: SipLogEntry) => {
        if (!isWanted(entry)) return;
        settle();
        resolve(entry);
      };
      this.on('entry', onEntry);
    });
  }

  /** Records a message; provisional responses are left out. */
  record(direction: 'in' | 'out', message: SipMessage, peer: Peer): void {
    if (message.kind === 'response' && message.status < 200) return;
    const headers: Record<string, string> = {};
    for (const { name, value } of message.headers.entries()) {
      if (KEPT.has(name) || name.startsWith('X-')) headers[name] = value;
    }
    const entry: SipLogEntry = {
      timeMs: Date.now(),
      direction,
      callId: message.headers.get('Call-ID') ?? '',
      method: message.kind === 'request' ? message.method : cseqOf(message).method,
      ...(message.kind === 'request' ? { uri: message.uri } : { status: message.status }),
      peer: `${peer.protocol} ${peer.host}:${peer.port}`,
      headers,
    };
    this.#entries.push(entry);
    // Dropped in blocks: shifting for each entry would move the whole array each time.
    if (this.#entries.length > this.#maxEntries * 1.1) {
      this.#entries.splice(0, this.#entries.length - this.#maxEntries);
    }
    this.#file?.write(`${JSON.stringify(entry)}\n`);
    this.emit('entry', entry);
  }

  /** Flushes and closes the file, if there is one. */
  async close(): Promise<void> {
    const file = this.#file;
    if (file !== undefined) await new Promise<void>((resolve) => file.end(resolve));
  }
}
