import { createSocket, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { G711_CODECS, type Law } from '../src/codec/g711.js';

/** A packet as the far end sends or gets it: written and read here, independently of the package. */
export interface WirePacket {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payload: Buffer;
  /** When it came, on the clock of `performance.now()`. */
  atMs: number;
}

export interface StreamOptions {
  ssrc?: number;
  sequence?: number;
  timestamp?: number;
  payloadType?: number;
}

export function rtp(fields: Partial<WirePacket>): Buffer {
  const { payloadType = 0, marker = false, sequence = 0, timestamp = 0, ssrc = 1, payload } = fields;
  const head = Buffer.alloc(12);
  head[0] = 0x80;
  head[1] = (marker ? 0x80 : 0) | payloadType;
  head.writeUInt16BE(sequence & 0xffff, 2);
  head.writeUInt32BE(timestamp >>> 0, 4);
  head.writeUInt32BE(ssrc, 8);
  return Buffer.concat([head, payload ?? Buffer.alloc(160, 0xff)]);
}

function read(packet: Buffer): WirePacket {
  return {
    payloadType: (packet[1] as number) & 0x7f,
    marker: ((packet[1] as number) & 0x80) !== 0,
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    payload: packet.subarray(12),
    atMs: performance.now(),
  };
}

/** The other side of the wire: a UDP socket that keeps what comes, and a stream of its own. */
export class FarEnd extends EventEmitter<{ packet: [WirePacket]; rtcp: [Buffer] }> {
  readonly received: WirePacket[] = [];
  readonly socket: Socket;
  readonly port: number;
  readonly address: string;
  ssrc: number;
  sequence: number;
  timestamp: number;
  payloadType: number;
  #target: { address: string; port: number } | null = null;

  private constructor(socket: Socket, options: StreamOptions) {
    super();
    this.socket = socket;
    ({ address: this.address, port: this.port } = socket.address());
    this.ssrc = options.ssrc ?? 0x1234;
    this.sequence = options.sequence ?? 65_000;
    this.timestamp = options.timestamp ?? 2 ** 32 - 4000;
    this.payloadType = options.payloadType ?? 0;
    socket.on('message', (packet) => {
      if ((packet[1] as number) >= 200 && (packet[1] as number) <= 204) {
        this.emit('rtcp', packet);
        return;
      }
      const one = read(packet);
      this.received.push(one);
      this.emit('packet', one);
    });
  }

  static async open(options: StreamOptions = {}, host = '127.0.0.1'): Promise<FarEnd> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    const listening = once(socket, 'listening');
    socket.bind(0, host);
    await listening;
    return new FarEnd(socket, options);
  }

  sendTo(local: { address: string; port: number }): this {
    this.#target = local;
    return this;
  }

  send(packet: Buffer): void {
    const { port, address } = this.#target as { address: string; port: number };
    this.socket.send(packet, port, address);
  }

  /** The next packet of the stream. */
  next(payload: Uint8Array, fields: Partial<WirePacket> = {}): Buffer {
    const { ssrc, sequence, timestamp, payloadType } = this;
    const packet = rtp({ ssrc, sequence, timestamp, payloadType, ...fields, payload: Buffer.from(payload) });
    this.sequence = (this.sequence + 1) & 0xffff;
    this.timestamp = (this.timestamp + payload.length) >>> 0;
    return packet;
  }

  /** Sends sound in packets of 20 ms, some of which are lost, as fast as the receiver takes them. */
  async speak(
    pcm: Int16Array,
    received: () => Promise<number>,
    { isLost = () => false, law = 'pcmu' }: { isLost?: (packet: number) => boolean; law?: Law } = {},
  ): Promise<void> {
    const before = await received();
    let sent = 0;
    for (let n = 0; n * 160 < pcm.length; n++) {
      const frame = new Int16Array(160);
      frame.set(pcm.subarray(n * 160, n * 160 + 160));
      const packet = this.next(G711_CODECS[law].encode(frame));
      if (isLost(n)) continue;
      this.send(packet);
      sent += 1;
      // The socket's buffer holds some 200 packets; wait until these were taken.
      if (sent % 50 === 0) await until(async () => (await received()) >= before + sent);
    }
    await until(async () => (await received()) >= before + sent);
  }

  /** The first packet, of those that came or will come, that is wanted. */
  async until(isWanted: (packet: WirePacket) => boolean): Promise<WirePacket> {
    const found = this.received.find(isWanted);
    if (found !== undefined) return found;
    for (;;) {
      const [packet] = await once(this, 'packet');
      if (isWanted(packet)) return packet;
    }
  }

  /** Resolves once so many packets have come in all. */
  async count(packets: number): Promise<WirePacket[]> {
    while (this.received.length < packets) await once(this, 'packet');
    return this.received;
  }

  close(): void {
    this.socket.close();
  }
}

/** Asks again and again until it is so; each question is an exchange with the thread, so nothing is slept for. */
export async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}
