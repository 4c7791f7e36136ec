/** What went over the wire, as the callee saw it: the record that tests judge by. */
import { EventEmitter } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { cseqOf, type SipMessage } from './message.js';
import type { Peer } from './transport.js';

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
  /** From, To, CSeq, Contact, Expires, Reason, Retry-After, User-Agent, P-Asserted-Identity and every X- header it had. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SipLogOptions {
  /** JSON lines are appended here as well. */
  readonly file?: string;
  /** The oldest are dropped beyond this many; default 100,000. */
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
  'User-Agent',
  'P-Asserted-Identity',
]);

/** Every request and every final response, sent or received; of what is retransmitted, only a 2xx and its ACK show more than once. */
export class SipLog extends EventEmitter<{ entry: [SipLogEntry] }> {
  readonly #entries: SipLogEntry[] = [];
  readonly #maxEntries: number;
  readonly #file: WriteStream | undefined;

  constructor(options: SipLogOptions = {}) {
    super();
    // Many may wait for what is to come at once.
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

  /** The first entry, past or to come, that fulfils the question. Rejects after `timeoutMs` (default 5000). */
  waitFor(isWanted: (entry: SipLogEntry) => boolean, timeoutMs = 5000): Promise<SipLogEntry> {
    const past = this.#entries.find(isWanted);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.off('entry', onEntry);
      };
      const timer = setTimeout(() => {
        settle();
        reject(new Error(`nothing of the kind in the SIP log within ${timeoutMs} ms`));
      }, timeoutMs);
      const onEntry = (entry: SipLogEntry) => {
        if (!isWanted(entry)) return;
        settle();
        resolve(entry);
      };
      this.on('entry', onEntry);
    });
  }

  /** Records a message; provisional responses are not kept. */
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
    // Dropped in blocks: one shift an entry would move the whole array each time.
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
