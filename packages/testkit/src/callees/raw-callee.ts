import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** RFC 3261, section 17.1.1.1. */
const T1_MS = 500;

/** What a callee does with its INVITE. */
export type Script = (call: RawCall) => void;

export interface ResponseOptions {
  /** Replaces the header of that name, or leaves it out where null; others are appended as they are. */
  replace?: Readonly<Record<string, string | null>>;
  headers?: readonly string[];
  body?: string;
  /** The To tag; null: none. */
  tag?: string | null;
  /** In the place of the body's length. */
  length?: string;
}

export const PLAIN_SDP = [
  ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 39999 RTP/AVP 8 0'],
  ...['a=rtpmap:8 PCMA/8000', 'a=rtpmap:0 PCMU/8000', ''],
].join('\r\n');

/** One call as its callee sees it: what has come, and methods to send any message. */
export class RawCall {
  readonly #socket: Socket;
  readonly #peer: RemoteInfo;
  /** The INVITE as it came. */
  readonly invite: string;
  #cseq = 100;
  #repetition: NodeJS.Timeout | undefined;
  /** Tags of our 200s that were acknowledged, and those of dialogs that a BYE ended. */
  readonly acknowledged = new Set<string>();
  readonly ended = new Set<string>();
  /** Final statuses by the CSeq number of the request of ours that they answer. */
  readonly answers = new Map<number, number>();
  /** Final responses by the CSeq number of the request of ours that they answer, as they came. */
  readonly responses = new Map<number, string>();
  /** Every request that came after the INVITE, as it came. */
  readonly requests: string[] = [];
  /** The re-INVITEs that came. */
  readonly reinvites: string[] = [];
  /** Answers a re-INVITE; null: with a plain 200. */
  onReinvite: ((reinvite: string) => void) | null = null;
  /** The body of our ACKs to the 200s of re-INVITEs. */
  ackBody = '';
  /** Whether the 200 of a re-INVITE of ours is acknowledged. */
  sendsAcks = true;
  /** Called with a request other than INVITE; says whether the usual answer goes out too. */
  onRequest: (method: string, text: string) => 'answer' | 'ignore' = () => 'answer';

  constructor(socket: Socket, peer: RemoteInfo, invite: string) {
    this.#socket = socket;
    this.#peer = peer;
    this.invite = invite;
  }

  /** `127.0.0.1:port` of the callee. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  send(message: string | Buffer): void {
    this.#socket.send(message, this.#peer.port, this.#peer.address);
  }

  /** A response to the INVITE, or to `request`. */
  response(status: string, options: ResponseOptions = {}, request = this.invite): string {
    const { replace = {}, headers = [], body = '', tag = 'callee', length } = options;
    const { port } = this.#socket.address();
    const to = sipHeader(request, 'To');
    const lines: Record<string, string | null> = {
      Via: sipHeader(request, 'Via'),
      From: sipHeader(request, 'From'),
      To: tag === null || to.includes('tag=') ? to : `${to};tag=${tag}`,
      'Call-ID': sipHeader(request, 'Call-ID'),
      CSeq: sipHeader(request, 'CSeq'),
      Contact: `<sip:raw@127.0.0.1:${port}>`,
      'Content-Type': body === '' ? null : 'application/sdp',
      ...replace,
      'Content-Length': length ?? String(Buffer.byteLength(body)),
    };
    const named = Object.entries(lines).flatMap(([name, value]) =>
      value === null ? [] : [`${name}: ${value}`],
    );
    return [`SIP/2.0 ${status}`, ...named.slice(0, -1), ...headers, ...named.slice(-1), '', body].join(
      '\r\n',
    );
  }

  respond(status: string, options: ResponseOptions = {}): void {
    this.send(this.response(status, options));
  }

  /**
   * A refusal, sent again until it is acknowledged (RFC 3261, section 17.2.1, timer G): storms lose
   * datagrams.
   */
  refuse(status: string): void {
    this.stop();
    this.respond(status);
    this.#repetition = setInterval(() => this.respond(status), T1_MS);
  }

  /** Stops repeating the last refusal. */
  stop(): void {
    clearInterval(this.#repetition);
  }

  /** Sends a request within the dialog, or one that looks like it; returns its CSeq number. */
  request(
    method: string,
    { replace = {}, body = '', tag = 'callee' }: ResponseOptions & { tag?: string } = {},
  ): number {
    this.#cseq += 1;
    const { port } = this.#socket.address();
    const target = /<([^>]*)>/.exec(sipHeader(this.invite, 'Contact'))?.[1] ?? 'sip:nowhere@127.0.0.1';
    const lines: Record<string, string | null> = {
      Via: `SIP/2.0/UDP 127.0.0.1:${port};rport;branch=z9hG4bK-raw-${this.#cseq}-${Math.random()}`,
      From: `${sipHeader(this.invite, 'To')};tag=${tag}`,
      To: sipHeader(this.invite, 'From'),
      'Call-ID': sipHeader(this.invite, 'Call-ID'),
      CSeq: `${this.#cseq} ${method}`,
      Contact: `<sip:raw@127.0.0.1:${port}>`,
      'Max-Forwards': '70',
      'Content-Type': body === '' ? null : 'application/sdp',
      ...replace,
      'Content-Length': String(Buffer.byteLength(body)),
    };
    const named = Object.entries(lines).flatMap(([name, value]) =>
      value === null ? [] : [`${name}: ${value}`],
    );
    this.send([`${method} ${target} SIP/2.0`, ...named, '', body].join('\r\n'));
    return this.#cseq;
  }

  take(text: string): void {
    const [first = ''] = text.split(/\s/, 1);
    if (first === 'SIP/2.0') {
      this.#takeAnswer(text);
      return;
    }
    this.requests.push(text);
    if (first === 'INVITE') this.reinvites.push(text);
    if (first === 'INVITE' && this.onReinvite !== null) {
      this.onReinvite(text);
      return;
    }
    const tag = /;tag=([^;\s]+)/.exec(sipHeader(text, 'To'))?.[1] ?? '';
    // The ACK of a refusal belongs to the INVITE's own transaction (RFC 3261, section 17.1.1.3).
    if (first === 'ACK') {
      if (sipHeader(text, 'Via') === sipHeader(this.invite, 'Via')) this.stop();
      else this.acknowledged.add(tag);
    }
    if (first === 'BYE') this.ended.add(tag);
    if (this.onRequest(first, text) === 'ignore' || first === 'ACK') return;
    this.send(this.response('200 OK', {}, text));
    if (first === 'CANCEL') this.refuse('487 Request Terminated');
  }

  /** The tags of dialogs that were acknowledged and not ended: calls that are left up. */
  get up(): string[] {
    return [...this.acknowledged].filter((tag) => !this.ended.has(tag));
  }

  #takeAnswer(text: string): void {
    const status = Number(text.split(' ')[1]);
    const cseq = Number.parseInt(sipHeader(text, 'CSeq'), 10);
    if (status >= 200) {
      this.answers.set(cseq, status);
      this.responses.set(cseq, text);
    }
    // A BYE of ours that was taken ends the dialog as well.
    if (status === 200 && /BYE/.test(sipHeader(text, 'CSeq')))
      this.ended.add(/;tag=([^;\s]+)/.exec(sipHeader(text, 'From'))?.[1] ?? '');
    // A re-INVITE of ours that was answered has to be acknowledged.
    if (this.sendsAcks && status >= 200 && /INVITE/.test(sipHeader(text, 'CSeq')))
      this.request('ACK', {
        replace: { CSeq: `${cseq} ACK`, Via: sipHeader(text, 'Via') },
        body: this.ackBody,
      });
  }
}

/** A SIP callee on a bare UDP socket; the user of the called URI decides which script it plays. */
export class RawCallee {
  readonly calls = new Map<string, RawCall>();
  readonly #socket = createSocket('udp4');
  readonly #scripts: ReadonlyMap<string, Script>;
  readonly #byCallId = new Map<string, RawCall>();

  private constructor(scripts: ReadonlyMap<string, Script>) {
    this.#scripts = scripts;
    this.#socket.on('message', (bytes, peer) => this.#take(bytes.toString(), peer));
  }

  static async start(scripts: ReadonlyMap<string, Script>): Promise<RawCallee> {
    const callee = new RawCallee(scripts);
    callee.#socket.bind(0, '127.0.0.1');
    await once(callee.#socket, 'listening');
    return callee;
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  /** Gives every INVITE a valid final response, so that no call waits for one. */
  refuseAll(): void {
    for (const call of this.#byCallId.values()) call.refuse('480 Temporarily Unavailable');
  }

  stop(): void {
    for (const call of this.#byCallId.values()) call.stop();
    this.#socket.close();
  }

  #take(text: string, peer: RemoteInfo): void {
    const callId = sipHeader(text, 'Call-ID');
    const known = this.#byCallId.get(callId);
    const user = /^INVITE sip:([^@;]+)@/.exec(text)?.[1];
    const isNew = user !== undefined && !/;tag=/.test(sipHeader(text, 'To'));
    // With credentials, or another session timer, it comes again as a new one.
    const isAgain =
      isNew && known !== undefined && sipHeader(text, 'CSeq') !== sipHeader(known.invite, 'CSeq');
    if (known !== undefined && !isAgain) {
      // A retransmission is answered no more often than the script wants.
      if (!isNew) known.take(text);
      return;
    }
    const script = user === undefined ? undefined : this.#scripts.get(user);
    if (user === undefined || script === undefined) return;
    const call = new RawCall(this.#socket, peer, text);
    this.#byCallId.set(callId, call);
    this.calls.set(user, call);
    script(call);
  }
}

/** The first header of that name in a SIP message, long or compact; empty when there is none. */
export function sipHeader(text: string, name: string): string {
  const short = { Via: 'v', From: 'f', To: 't', 'Call-ID': 'i', Contact: 'm' }[name] ?? name;
  return new RegExp(`^(?:${name}|${short})[ \\t]*:[ \\t]*(.*)$`, 'im').exec(text)?.[1]?.trim() ?? '';
}
