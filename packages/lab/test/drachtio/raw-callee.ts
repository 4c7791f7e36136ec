/** A callee of plain text over UDP: it sends what a SIP stack would not. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { ANSWER } from './network.js';

/** A message that the callee has received. */
export class Received {
  readonly text: string;
  readonly #send: (text: string) => void;
  readonly #callee: RawCallee;

  constructor(text: string, callee: RawCallee, send: (text: string) => void) {
    this.text = text;
    this.#callee = callee;
    this.#send = send;
  }

  /** `INVITE`, or `200` of a response. */
  get kind(): string {
    const [first = '', second = ''] = this.text.split(' ', 2);
    return first.startsWith('SIP/') ? second : first;
  }

  header(name: string): string {
    return new RegExp(`^${name}\\s*:\\s*(.*?)\\s*$`, 'im').exec(this.text)?.[1] ?? '';
  }

  /** The tag that this callee has in the message. */
  get tag(): string {
    return /;tag=([^;\s]+)/.exec(this.header('To'))?.[1] ?? '';
  }

  /** Responds with tag `one` unless told otherwise; `headers` are lines, of which Contact and Content-Length replace ours. */
  respond(status: string, options: { tag?: string; headers?: readonly string[]; body?: string } = {}): void {
    const { tag = 'one', headers = [], body = '' } = options;
    const has = (name: string) => headers.some((line) => line.toLowerCase().startsWith(name));
    const to = this.header('To');
    this.#send(
      [
        `SIP/2.0 ${status}`,
        ...this.text.split('\r\n').filter((line) => /^via:/i.test(line)),
        `From: ${this.header('From')}`,
        `To: ${to.includes(';tag=') ? to : `${to};tag=${tag}`}`,
        `Call-ID: ${this.header('Call-ID')}`,
        `CSeq: ${this.header('CSeq')}`,
        ...(has('contact') ? [] : [`Contact: <${this.#callee.uri}>`]),
        ...(body === '' || has('content-type') ? [] : ['Content-Type: application/sdp']),
        ...(has('content-length') ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
        // An empty line is one that was only there to replace ours.
        ...headers.filter((line) => !/^\S+:\s*$/.test(line)),
        '',
        body,
      ].join('\r\n'),
    );
  }

  /** Sends a request in the dialog of this INVITE, with tag `one`. */
  request(method: string, cseq: number, headers: readonly string[] = [], body = ''): void {
    const target = /<([^>]+)>/.exec(this.header('Contact'))?.[1] ?? '';
    this.#send(
      [
        `${method} ${target} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${this.#callee.port};branch=z9hG4bK${method}${cseq};rport`,
        `From: ${this.header('To')};tag=one`,
        `To: ${this.header('From')}`,
        `Call-ID: ${this.header('Call-ID')}`,
        `CSeq: ${cseq} ${method}`,
        'Max-Forwards: 70',
        ...headers,
        ...(body === '' ? [] : ['Content-Type: application/sdp']),
        `Content-Length: ${Buffer.byteLength(body)}`,
        '',
        body,
      ].join('\r\n'),
    );
  }

  answer(options: Parameters<Received['respond']>[1] = {}): void {
    this.respond('200 OK', { body: ANSWER, ...options });
  }
}

export class RawCallee {
  readonly received: Received[] = [];
  readonly port: number;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket, onMessage: (message: Received) => void) {
    this.port = socket.address().port;
    socket.on('message', (bytes, from) => {
      const send = (text: string) => socket.send(text, from.port, from.address);
      const message = new Received(bytes.toString(), this, send);
      this.received.push(message);
      onMessage(message);
      for (const check of this.#waiting) check();
    });
  }

  /** Starts a callee; it is closed after the test. `onMessage` decides on every message, retransmissions included. */
  static async start(onMessage: (message: Received) => void): Promise<RawCallee> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    onTestFinished(() => void socket.close());
    return new RawCallee(socket, onMessage);
  }

  get uri(): string {
    return `sip:callee@127.0.0.1:${this.port}`;
  }

  of(kind: string): Received[] {
    return this.received.filter((message) => message.kind === kind);
  }

  /** Resolves with the message of that kind and index, once it has come. */
  async nth(kind: string, index = 0): Promise<Received> {
    for (;;) {
      const found = this.of(kind)[index];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const check = () => {
          this.#waiting.delete(check);
          resolve();
        };
        this.#waiting.add(check);
      });
    }
  }
}
