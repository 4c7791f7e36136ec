/** One connected client application: what drachtio-server sends to it. */
import type { Socket } from 'node:net';
import { type SipMessage, serialise } from '../sip/message/message.js';
import type { Peer } from '../sip/transport/transport.js';
import { frame } from './admin-protocol.js';

/** Who sent a SIP message: the far end (or the stack on its behalf), or the server for its client. */
export type MessageSource = 'network' | 'application';

/** The source of a message that the stack made itself. */
export const NO_PEER: Peer = { protocol: 'udp', host: '', port: 0 };

export class AdminClient {
  isAuthenticated = false;
  readonly #socket: Socket;
  readonly #routes = new Set<string>();

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** The client asks for requests of this method outside dialogs, or no longer. */
  setRoute(method: string, isWanted: boolean): void {
    if (isWanted) this.#routes.add(method);
    else this.#routes.delete(method);
  }

  takes(method: string): boolean {
    return this.isAuthenticated && this.#routes.has(method);
  }

  get isConnected(): boolean {
    return this.#socket.writable;
  }

  /** Replies to a client message: `OK`, `NO` (not understood) or `NOK` (failed). */
  reply(messageId: string, result: 'OK' | 'NO' | 'NOK', ...details: string[]): void {
    this.#write(frame(['response', messageId, result, ...details]));
  }

  /** Replies that a SIP message was sent, with the message as sent. */
  replyMessageSent(messageId: string, sent: SipMessage, from: Peer, ...ids: string[]): void {
    const text = serialise(sent).toString('utf8');
    this.#write(
      frame(
        ['response', messageId, 'OK', ...meta('application', sent, text, from), ...ids, 'Msg sent:', ''],
        text,
      ),
    );
  }

  /** Forwards a SIP message to the client. */
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

  /** Closes the connection after everything written has been sent. */
  close(): void {
    this.#socket.end();
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.#socket.destroy();
  }
}

/** Source, size in bytes, protocol, address, port and time of day (UTC). */
function meta(source: MessageSource, message: SipMessage, text: string, peer: Peer): string[] {
  const isMadeHere = source === 'network' && peer === NO_PEER;
  const bytes = isMadeHere ? 0 : Buffer.byteLength(text);
  // The real one counts in microseconds.
  const time = `${new Date().toISOString().slice(11, 23)}000`;
  const protocol = source === 'application' && message.kind === 'response' ? '' : peer.protocol;
  return [source, `${bytes}`, protocol, peer.host, `${peer.port}`, time];
}
