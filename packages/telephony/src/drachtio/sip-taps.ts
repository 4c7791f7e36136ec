import type { CapturedSip } from '@outdial/contract';

/** How a connection's messages begin: drachtio's own line tells whence the SIP message below it is. */
type Leader = readonly string[];

const CALL_ID = /\r\n(?:call-id|i)[ \t]*:[ \t]*([^\s]+)/i;
/** Digest credentials, and the keys of the media (RFC 4568). */
const SECRETS = [/^((?:proxy-)?authorization[ \t]*:).*$/gim, /(\binline:)\S+/gi];

/** Hands the SIP messages of single calls to those who asked for them, sent and received, as drachtio tells of them. */
export class SipTaps {
  readonly #taps = new Map<string, (message: CapturedSip) => void>();

  /** Returns a function that ends it. */
  open(callId: string, listener: (message: CapturedSip) => void): () => void {
    this.#taps.set(callId, listener);
    return () => void this.#taps.delete(callId);
  }

  /** Takes every message of the connection. While nobody asks, that costs nothing. */
  take(message: string): void {
    if (this.#taps.size === 0) return;
    const end = message.indexOf('\r\n');
    if (end < 0) return;
    const text = message.slice(end + 2);
    const [, callId = ''] = CALL_ID.exec(text) ?? [];
    const meta = metaOf(message.slice(0, end).split('|'));
    if (meta === null) return;
    const { isSent, source } = meta;
    this.#taps.get(callId)?.({
      at: Date.now(),
      isSent,
      source,
      text: SECRETS.reduce((told, secret) => told.replace(secret, '$1 (hidden)'), text),
    });
  }
}

/** Null for what tells of no SIP message. */
function metaOf(leader: Leader): { isSent: boolean; source: string } | null {
  const [, verb, ...tokens] = leader;
  const meta = verb === 'sip' ? tokens : verb === 'response' && tokens[1] === 'OK' ? tokens.slice(2) : [];
  const [from, , protocol, address, port] = meta;
  if (port === undefined) return null;
  return { isSent: from === 'application', source: `${protocol}/${address}:${port}` };
}
