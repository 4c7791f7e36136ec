/**
 * drachtio-server's admin protocol: `<length>#<text>` in both directions, the length in bytes. The text's
 * first line consists of fields separated by `|`, the first of which is the message's id; a SIP message may
 * follow after CRLF.
 */
import { randomUUID } from 'node:crypto';

export interface ClientMessage {
  readonly id: string;
  /** `authenticate`, `route`, `remove_route`, `sip`, `ping`, ... */
  readonly verb: string;
  /** The fields after the verb. */
  readonly fields: readonly string[];
  /** The SIP message; `''` when there is none. */
  readonly sip: string;
}

/** The length has at most five digits, as in drachtio-server. */
const LENGTH = /^\d{1,5}$/;
/** The size of drachtio-server's receive buffer; it disconnects a client whose message exceeds it. */
const MESSAGE_BYTES_MAX = 12_228;
const HASH = '#'.charCodeAt(0);

/** Assembles bytes into messages. */
export class AdminMessageReader {
  #buffer: Buffer = Buffer.alloc(0);

  /**
   * Returns the complete messages; undefined when the bytes are invalid and the connection must be closed.
   */
  push(bytes: Buffer): readonly ClientMessage[] | undefined {
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    const messages: ClientMessage[] = [];
    let at = 0;
    while (at < this.#buffer.length) {
      const hash = this.#buffer.indexOf(HASH, at);
      if (hash < 0 && this.#buffer.length - at <= 5) break;
      const digits = this.#buffer.toString('latin1', at, hash);
      if (hash < 0 || !LENGTH.test(digits) || Number(digits) > MESSAGE_BYTES_MAX) return undefined;
      const end = hash + 1 + Number(digits);
      if (this.#buffer.length < end) break;
      messages.push(parse(this.#buffer.toString('utf8', hash + 1, end)));
      at = end;
    }
    this.#buffer = this.#buffer.subarray(at);
    return messages;
  }
}

function parse(text: string): ClientMessage {
  const lineEnd = text.indexOf('\r\n');
  const [id = '', verb = '', ...fields] = (lineEnd < 0 ? text : text.slice(0, lineEnd)).split('|');
  return { id, verb, fields, sip: lineEnd < 0 ? '' : text.slice(lineEnd + 2) };
}

/** Formats a message to the client, with a new id. */
export function frame(fields: readonly string[], sip?: string): string {
  const line = `${randomUUID()}|${fields.join('|')}`;
  const text = sip === undefined ? line : `${line}\r\n${sip}`;
  return `${Buffer.byteLength(text)}#${text}`;
}
