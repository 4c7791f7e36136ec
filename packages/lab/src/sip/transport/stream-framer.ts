/**
 * Splits a byte stream into SIP messages by their Content-Length (RFC 3261 18.3, keep-alives of RFC 5626
 * 3.5.1).
 */

/** The stream is given up when a message exceeds this. */
const MAX_BYTES = 256 * 1024;
const HEADER_END = Buffer.from('\r\n\r\n');
const CR = 13;
const LF = 10;

export interface Framed {
  readonly messages: readonly string[];
  /** Keep-alives between messages (double CRLF); each is answered with a single CRLF. */
  readonly pings: number;
  /** The stream is invalid and must be closed. */
  readonly isBroken: boolean;
}

export class StreamFramer {
  #buffer: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): Framed {
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    const messages: string[] = [];
    let pings = 0;
    for (;;) {
      pings += this.#skipLineFeeds();
      const headerEnd = this.#buffer.indexOf(HEADER_END);
      if (headerEnd < 0) break;
      const bodyStart = headerEnd + HEADER_END.length;
      const length = contentLength(this.#buffer.toString('latin1', 0, headerEnd));
      if (length === undefined || length > MAX_BYTES) return { messages, pings, isBroken: true };
      if (this.#buffer.length < bodyStart + length) break;
      messages.push(this.#buffer.toString('utf8', 0, bodyStart + length));
      this.#buffer = this.#buffer.subarray(bodyStart + length);
    }
    return { messages, pings, isBroken: this.#buffer.length > 2 * MAX_BYTES };
  }

  #skipLineFeeds(): number {
    let at = 0;
    while (this.#buffer[at] === CR || this.#buffer[at] === LF) at++;
    if (at > 0) this.#buffer = this.#buffer.subarray(at);
    return at >= 4 ? 1 : 0;
  }
}

/** 0 when the header is missing; undefined when it is no number. */
function contentLength(head: string): number | undefined {
  const value = /^(?:content-length|l)[ \t]*:[ \t]*([^\r\n]*?)[ \t]*$/im.exec(head)?.[1];
  if (value === undefined) return 0;
  return /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}
