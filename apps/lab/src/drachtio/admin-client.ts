/** One connected application: what the switch tells it. */
import type { Socket } from 'node:net';
import { type SipMessage, serialise } from '../sip/message.js';
import type { Peer } from '../sip/transport.js';
import { frame } from './wire.js';

/** Who made a SIP message: the far end (or the stack on its behalf), or the switch for its client. */
export type MessageSource = 'network' | 'application';

/** A message made by the stack itself was received from nowhere. */
export const NOWHERE: Peer = { protocol: 'udp', host: '', port: 0 };

export class AdminClient {
  isAuthenticated = false;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get isConnected(): boolean {
    return this.#socket.writable;
  }

  /** Answers a message of the client's: `OK`, `NO` (it was not understood) or `NOK` (it could not be done). */
  reply(messageId: string, result: 'OK' | 'NO' | 'NOK', ...details: string[]): void {
    this.#write(frame(['response', messageId, result, ...details]));
  }

  /** Answers that a SIP message was sent, and shows it as it was sent. */
  replySent(messageId: string, sent: SipMessage, from: Peer, ...ids: string[]): void {
    const text = serialise(sent).toString('utf8');
    this.#write(
      frame(
        ['response', messageId, 'OK', ...meta('application', sent, text, from), ...ids, 'Msg sent:', ''],
        text,
      ),
    );
  }

  /** Passes a SIP message on to the client. */
  forward(
    message: SipMessage,
    source: MessageSource,
    peer: Peer,
    transactionId: string,
    dialogId: string,
  ): void {
    const text = serialise(message).toString('utf8');
    this.#write(frame(['sip', ...meta(source, message, text, peer), transactionId, dialogId, ''], text));
  }

  #write(text: string): void {
    if (this.#socket.writable) this.#socket.write(text);
  }

  /** Hangs up on the client, once it has all that was written. */
  end(): void {
    this.#socket.end();
  }

  /** Hangs up on the client at once. */
  destroy(): void {
    this.#socket.destroy();
  }
}

/** Source, size in bytes, protocol, address, port and time of day (UTC). */
function meta(source: MessageSource, message: SipMessage, text: string, peer: Peer): string[] {
  const isMadeHere = source === 'network' && peer === NOWHERE;
  const bytes = isMadeHere ? 0 : Buffer.byteLength(text);
  // The real one counts in microseconds.
  const time = `${new Date().toISOString().slice(11, 23)}000`;
  const protocol = source === 'application' && message.kind === 'response' ? '' : peer.protocol;
  return [source, `${bytes}`, protocol, peer.host, `${peer.port}`, time];
}
