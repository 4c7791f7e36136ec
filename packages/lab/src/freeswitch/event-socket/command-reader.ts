import type { EventHeaders } from './event.js';

/**
 * A client's command: a command line, optional headers (`sendmsg`, `sendevent`, `bgapi`) and an optional
 * body.
 */
export interface SocketCommand {
  readonly line: string;
  readonly headers: EventHeaders;
  readonly body: string | null;
}

/** As mod_event_socket bounds them. */
const MAX_HEAD_BYTES = 10 * 1024 * 1024;
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * Splits the bytes of an event socket into commands. A blank line ends a command; blank lines before it are
 * skipped.
 */
export class CommandReader {
  #pending: Buffer = Buffer.alloc(0);
  #head: { line: string; headers: EventHeaders; bodyBytes: number } | null = null;

  /**
   * Returns the commands that are complete. Throws a RangeError on one that exceeds mod_event_socket's
   * limits.
   */
  push(chunk: Buffer): SocketCommand[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const commands: SocketCommand[] = [];
    for (let command = this.#next(); command !== null; command = this.#next()) commands.push(command);
    return commands;
  }

  #next(): SocketCommand | null {
    this.#head ??= this.#readHead();
    if (this.#head === null) return null;
    const { line, headers, bodyBytes } = this.#head;
    if (this.#pending.length < bodyBytes) return null;
    const body = bodyBytes === 0 ? null : this.#take(bodyBytes);
    this.#head = null;
    return { line, headers, body };
  }

  #readHead(): { line: string; headers: EventHeaders; bodyBytes: number } | null {
    let start = 0;
    while (this.#pending[start] === 0x0a || this.#pending[start] === 0x0d) start++;
    if (start > 0) this.#pending = this.#pending.subarray(start);
    const end = /\r?\n\r?\n/.exec(this.#pending.toString('latin1'));
    if (end === null) {
      if (this.#pending.length > MAX_HEAD_BYTES) throw new RangeError('command without an end');
      return null;
    }
    const [line = '', ...rest] = this.#take(end.index + end[0].length)
      .trimEnd()
      .split(/\r?\n/);
    const headers: EventHeaders = new Map();
    for (const text of rest) {
      const colon = text.indexOf(':');
      if (colon > 0) headers.set(text.slice(0, colon), text.slice(colon + 1).trimStart());
    }
    return { line, headers, bodyBytes: bodyBytesOf(headers) };
  }

  #take(bytes: number): string {
    const text = this.#pending.toString('utf8', 0, bytes);
    this.#pending = this.#pending.subarray(bytes);
    return text;
  }
}

function bodyBytesOf(headers: EventHeaders): number {
  for (const [name, value] of headers) {
    if (name.toLowerCase() !== 'content-length') continue;
    const bytes = Number.parseInt(value, 10) || 0;
    if (bytes < 0 || bytes > MAX_BODY_BYTES) throw new RangeError(`Content-Length of ${bytes}`);
    return bytes;
  }
  return 0;
}
