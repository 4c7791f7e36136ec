import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { concat, fromPcm, looped, silence } from '../../src/media/audio-source.js';
import { frameClock } from '../../src/media/frame-clock.js';
import { G711 } from '../../src/media/g711.js';

import { allocateRtp, parseRtp, type RtpPacket } from '../../src/media/rtp-packet.js';
import { RtpSession, type RtpSessionOptions } from '../../src/media/rtp-session.js';
import { tone } from '../../src/media/tones.js';
import { hasIPv6 } from '../ipv6.js';
import { shareOf } from './spectrum.js';

const sessions: RtpSession[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  for (const session of sessions.splice(0)) session.close();
  for (const socket of sockets.splice(0)) socket.close();
});

async function open(options?: RtpSessionOptions): Promise<RtpSession> {
  const session = await RtpSession.open(options);
  sessions.push(session);
  return session;
}

function connect(from: RtpSession, to: { host: string; port: number }, codec = G711.PCMA): void {
  from.setRemote({ host: to.host, port: to.port, codec, direction: 'sendrecv' });
}

/** Collects `count` frames. */
async function listen(session: RtpSession, count: number): Promise<Int16Array> {
  const frames: Int16Array[] = [];
  while (frames.length < count) {
    const [pcm] = (await once(session, 'frame')) as [Int16Array];
    frames.push(pcm);
  }
  return concat(...frames);
}

/** A bare socket, for packets that no session of ours would send. */
async function openSocket(): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  sockets.push(socket);
  return { socket, port: socket.address().port };
}

function packet(sequence: number, value: number, payloadType = 8, ssrc = 1): Buffer {
  const header = { payloadType, marker: false, sequence, timestamp: sequence * 160, ssrc };
  return allocateRtp(header, 160).fill(G711.PCMA.encode(Int16Array.of(value)), 12);
}

/** Sends packets, then one that differs, and gives the first sample of every frame up to it. */
async function hearsOf(packets: readonly Buffer[]): Promise<number[]> {
  const session = await open();
  const { socket } = await openSocket();
  const heard: number[] = [];
  const last = new Promise<void>((resolve) => {
    session.on('frame', (pcm) => {
      const value = pcm[0] as number;
      if (value < -1000) resolve();
      else heard.push(Math.round(value / 1000));
    });
  });
  for (const one of packets) socket.send(one, session.port, '127.0.0.1');
  socket.send(packet(1, -8000, 8, 99), session.port, '127.0.0.1');
  await last;
  return heard;
}

describe('an RTP session', () => {
  it.each([G711.PCMA, G711.PCMU])('carries a tone to the other side in $name', async (codec) => {
    const [a, b] = [await open(), await open()];
    connect(a, b, codec);
    const heard = listen(b, 10);
    expect(await a.play(fromPcm(tone([1000], 200)))).toBe('finished');
    expect(shareOf(1000, await heard)).toBeGreaterThan(0.98);
  });

  it('numbers its packets one by one, 160 samples apart, and marks the first of a spurt', async () => {
    const session = await open();
    const { socket, port } = await openSocket();
    connect(session, { host: '127.0.0.1', port });
    const packets: RtpPacket[] = [];
    const enough = new Promise<void>((resolve) => {
      socket.on('message', (message) => {
        packets.push(parseRtp(message) as RtpPacket);
        if (packets.length === 8) resolve();
      });
    });
    await session.play(fromPcm(tone([500], 80)));
    void session.play(silence());
    await enough;
    const [first] = packets as [RtpPacket];
    expect(packets.map((one) => (one.sequence - first.sequence + 65_536) % 65_536)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
    const spurt = packets.slice(0, 4);
    expect(spurt.map((one) => (one.timestamp - first.timestamp) >>> 0)).toEqual([0, 160, 320, 480]);
    expect(spurt.map((one) => one.marker)).toEqual([true, false, false, false]);
    expect(new Set(packets.map((one) => one.ssrc)).size).toBe(1);
  });

  it('plays over its background, which goes on by itself when the play has ended', async () => {
    const [a, b] = [await open({ background: looped(tone([300], 1000)) }), await open()];
    connect(a, b);
    const during = listen(b, 6);
    const played = a.play(fromPcm(tone([1500], 120)));
    expect(shareOf(1500, await during)).toBeGreaterThan(0.2);
    await played;
    await listen(b, 2);
    const after = await listen(b, 6);
    expect(shareOf(300, after)).toBeGreaterThan(0.9);
    expect(shareOf(1500, after)).toBeLessThan(0.01);
  });

  it('says of a play that another replaced, or that its closing cut short, that it was stopped', async () => {
    const session = await open();
    const first = session.play(silence());
    const second = session.play(silence());
    expect(await first).toBe('stopped');
    session.close();
    expect(await second).toBe('stopped');
    expect(await session.play(silence())).toBe('stopped');
  });

  it('sends nothing on hold, and goes on where it was afterwards', async () => {
    const [a, b] = [await open(), await open()];
    a.setRemote({ host: b.host, port: b.port, codec: G711.PCMA, direction: 'recvonly' });
    const played = a.play(fromPcm(tone([700], 100)));
    connect(b, a);
    void b.play(silence());
    // While 10 frames came the other way, none went this way.
    await listen(a, 10);
    expect(a.packetsSent).toBe(0);
    connect(a, b);
    const heard = listen(b, 5);
    expect(await played).toBe('finished');
    expect(shareOf(700, await heard)).toBeGreaterThan(0.9);
  });

  it('answers to where packets come from, not to where the SDP said', async () => {
    const [a, b] = [await open(), await open()];
    const { port: wrong } = await openSocket();
    connect(a, { host: '127.0.0.1', port: wrong });
    void a.play(silence());
    connect(b, a);
    void b.play(silence());
    await listen(b, 3);
    expect(a.remote).toMatchObject({ port: b.port });
  });
});

describe('what an RTP session hears', () => {
  it('fills a short gap with silence', async () => {
    expect(await hearsOf([packet(10, 3000), packet(13, 4000)])).toEqual([3, 0, 0, 4]);
  });

  it('is not stretched by a long gap', async () => {
    expect(await hearsOf([packet(10, 3000), packet(500, 4000)])).toEqual([3, 4]);
  });

  it('goes on across the wrap of the sequence number', async () => {
    expect(await hearsOf([packet(65_535, 3000), packet(0, 4000), packet(1, 5000)])).toEqual([3, 4, 5]);
  });

  it('drops late and doubled packets', async () => {
    const packets = [
      packet(10, 3000),
      packet(11, 4000),
      packet(11, 4000),
      packet(10, 3000),
      packet(12, 5000),
    ];
    expect(await hearsOf(packets)).toEqual([3, 4, 5]);
  });

  it('leaves out telephone-event and what is no RTP at all', async () => {
    const packets = [
      packet(10, 3000),
      packet(11, 1000, 101),
      Buffer.from('hello'),
      Buffer.alloc(0),
      packet(12, 4000),
    ];
    expect(await hearsOf(packets)).toEqual([3, 4]);
  });

  it('restarts when the sender restarts', async () => {
    expect(await hearsOf([packet(30_000, 3000), packet(5, 4000, 8, 2)])).toEqual([3, 4]);
  });
});

describe('200 RTP sessions at once', () => {
  it('each send every frame, in order and none missing', async () => {
    const FRAMES = 50;
    const receiver = await open();
    const { socket, port } = await openSocket();
    receiver.close();
    const bySource = new Map<number, number[]>();
    socket.setRecvBufferSize(4 << 20);
    socket.on('message', (message) => {
      const { ssrc, sequence } = parseRtp(message) as RtpPacket;
      const seen = bySource.get(ssrc);
      if (seen === undefined) bySource.set(ssrc, [sequence]);
      else seen.push(sequence);
    });
    const plays = Array.from({ length: 200 }, async () => {
      const session = await open();
      connect(session, { host: '127.0.0.1', port });
      await session.play(fromPcm(tone([400], FRAMES * 20)));
      return session;
    });
    const played = await Promise.all(plays);
    expect(played.map((session) => session.packetsSent)).toEqual(played.map(() => FRAMES));
    expect(bySource.size).toBe(200);
    for (const sequences of bySource.values()) {
      const [first] = sequences as [number];
      expect(sequences.every((one, i) => one === (first + i) % 65_536)).toBe(true);
    }
  });
});

describe('the address of the far end', () => {
  it('may have port 0, to which nothing is sent', async () => {
    const session = await open();
    connect(session, { host: '127.0.0.1', port: 0 });
    void session.play(silence());
    let frames = 0;
    await new Promise<void>((resolve) => {
      const stop = frameClock.start(() => {
        if (++frames < 3) return;
        stop();
        resolve();
      });
    });
    expect(session.packetsSent).toBe(0);
  });

  it.skipIf(!hasIPv6())('may be IPv6', async () => {
    const [one, other] = [await open({ host: '::1' }), await open({ host: '::1' })];
    connect(one, other);
    connect(other, one);
    void one.play(looped(tone([700], 200)));
    expect(shareOf(700, await listen(other, 10))).toBeGreaterThan(0.9);
  });
});
