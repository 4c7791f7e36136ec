import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { formatWav, parseWav } from '@outdial/lab/audio';
import { openRtp, type SrtpStream, sealRtp, sipHeader, srtpStreamOf } from '@outdial/testkit';

const FRAME_BYTES = 160;
const PCMA = 8;

/** A callee that answers each INVITE at once, over TLS and with SRTP alone, written on Node's sockets. */
export class TlsCallee extends EventEmitter<{ request: [text: string]; ended: [] }> {
  /** Every request, as it came. */
  readonly requests: string[] = [];
  /** What was heard of the caller, of every packet that was authentic. */
  readonly heard: Buffer[] = [];
  readonly #server: Server;
  readonly #rtp: UdpSocket;
  readonly #key: SrtpStream;
  readonly #speech: Buffer;
  #caller: SrtpStream | null = null;
  #speaking: NodeJS.Timeout | undefined;

  private constructor(server: Server, rtp: UdpSocket, key: SrtpStream, pcm: Int16Array) {
    super();
    this.#server = server;
    this.#rtp = rtp;
    this.#key = key;
    this.#speech = formatWav(pcm, 'alaw').subarray(-pcm.length);
    server.on('secureConnection', (socket) => this.#serve(socket));
    // A handshake that fails is the caller's to tell.
    server.on('tlsClientError', () => undefined);
    rtp.on('message', (packet) => this.#hear(packet));
  }

  /** `key`: that of what it sends; `pcm`: what it says once the call is up. */
  static async start(options: TlsOptions, key: SrtpStream, pcm: Int16Array): Promise<TlsCallee> {
    const [server, rtp] = [createServer(options), createSocket('udp4')];
    server.listen(0, '127.0.0.1');
    rtp.bind(0, '127.0.0.1');
    await Promise.all([once(server, 'listening'), once(rtp, 'listening')]);
    return new TlsCallee(server, rtp, key, pcm);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The first request of that method, that has come or will come. */
  async request(method: string): Promise<string> {
    for (;;) {
      const found = this.requests.find((text) => text.startsWith(`${method} `));
      if (found !== undefined) return found;
      await once(this, 'request');
    }
  }

  /** What was heard, decoded. */
  get heardPcm(): Int16Array {
    const encoded = Buffer.concat(this.heard);
    const wav = formatWav(new Int16Array(encoded.length), 'alaw');
    wav.set(encoded, wav.length - encoded.length);
    return parseWav(wav).samples;
  }

  close(): void {
    clearInterval(this.#speaking);
    this.#rtp.close();
    this.#server.close();
  }

  #serve(socket: TLSSocket): void {
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (;;) {
        const end = text.indexOf('\r\n\r\n') + 4;
        const length = Number(sipHeader(text, 'Content-Length') || 0);
        if (end < 4 || text.length < end + length) return;
        const message = text.slice(0, end + length);
        text = text.slice(end + length);
        this.#take(message, socket);
      }
    });
  }

  #take(request: string, socket: TLSSocket): void {
    this.requests.push(request);
    const [method] = request.split(' ', 1);
    if (method === 'INVITE') {
      this.#caller = srtpStreamOf(request, 1);
      socket.write(this.#response(request, this.#answer()));
    } else if (method === 'ACK') this.#speak(Number(/^m=audio (\d+)/m.exec(this.requests[0] ?? '')?.[1]));
    else {
      clearInterval(this.#speaking);
      socket.write(this.#response(request, ''));
    }
    this.emit('request', request);
  }

  #answer(): string {
    const { inline } = this.#key;
    return [
      ...['v=0', 'o=callee 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
      `m=audio ${this.#rtp.address().port} RTP/SAVP ${PCMA}`,
      `a=rtpmap:${PCMA} PCMA/8000`,
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${inline}|2^31`,
      '',
    ].join('\r\n');
  }

  #response(request: string, body: string): string {
    const to = sipHeader(request, 'To');
    return [
      'SIP/2.0 200 OK',
      ...['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${sipHeader(request, name)}`),
      `To: ${to.includes('tag=') ? to : `${to};tag=callee`}`,
      `Contact: <sips:callee@127.0.0.1:${this.port};transport=tls>`,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
  }

  /** Says its words, and then is silent, 20 ms at a time. */
  #speak(port: number): void {
    const startedAt = performance.now();
    let sent = 0;
    this.#speaking = setInterval(() => {
      for (; sent * 20 <= performance.now() - startedAt; sent++) {
        const packet = Buffer.alloc(12 + FRAME_BYTES, 0xd5);
        packet.set([0x80, PCMA]);
        packet.writeUInt16BE(sent & 0xffff, 2);
        packet.writeUInt32BE(sent * FRAME_BYTES, 4);
        packet.writeUInt32BE(4711, 8);
        packet.set(this.#speech.subarray(sent * FRAME_BYTES, (sent + 1) * FRAME_BYTES), 12);
        this.#rtp.send(sealRtp(packet, this.#key), port, '127.0.0.1');
      }
    }, 10);
  }

  #hear(packet: Buffer): void {
    const isRtcp = (packet[1] as number) >= 200 && (packet[1] as number) <= 204;
    if (this.#caller === null || isRtcp) return;
    const opened = openRtp(packet, this.#caller);
    if (((opened[1] as number) & 0x7f) === PCMA) this.heard.push(opened.subarray(12));
  }
}
