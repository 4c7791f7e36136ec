import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '@outdial/testkit/fuzz';
import { afterAll, describe, expect, it } from 'vitest';
import { transcode } from '../../src/codec/g711.js';
import type { RemoteDescription } from '../../src/index.js';
import { readWav } from '../../src/play/wav.js';
import { SrtpProtector } from '../../src/srtp/protector.js';
import { SrtpUnprotector } from '../../src/srtp/unprotector.js';
import { FarEnd, until, type WirePacket } from '../far-end.js';
import { BOTH_LAWS, type Call, connect, hangUp, portsOf, startEngine } from './stack.js';

const directory = mkdtempSync(join(tmpdir(), 'outdial-media-bridge-'));
afterAll(() => rmSync(directory, { recursive: true }));
const engine = await startEngine({ ports: portsOf(9), threads: 2 });

/** Two calls in one thread, each with the first packet that a far end is sent, and nothing bridged. */
async function pair(
  one: Partial<RemoteDescription> = {},
  other: Partial<RemoteDescription> = {},
): Promise<[Call, Call]> {
  const first = await connect(engine, one);
  const session = await engine.open({ beside: first.session });
  const far = (await FarEnd.open({ sequence: 7, timestamp: 99 })).sendTo(session.local);
  await session.setRemote({ address: far.address, port: far.port, payloadTypes: BOTH_LAWS, ...other });
  const second = { session, far, received: async () => (await session.quality()).packetsReceived };
  await Promise.all([first.far.count(1), second.far.count(1)]);
  return [first, second];
}

/** A payload that tells its packet. */
const payloadOf = (n: number) => Buffer.alloc(160, n & 0x7f);

/** Sends so many packets of a far end's stream, each once the one before has been taken; lost ones take a number alone. */
async function talk(
  { far, received }: Call,
  packets: number,
  { payload = payloadOf, lost = [] as number[] } = {},
) {
  for (let n = 0; n < packets; n++) {
    const before = await received();
    const packet = far.next(payload(n));
    if (lost.includes(n)) continue;
    far.send(packet);
    await until(async () => (await received()) > before);
  }
}

/** What is sent is one stream: no number twice or left out, and no audio over other audio. */
function expectContinuous(packets: readonly WirePacket[]): void {
  for (let n = 1; n < packets.length; n++) {
    const [one, next] = [packets[n - 1] as WirePacket, packets[n] as WirePacket];
    expect(next.ssrc).toBe(one.ssrc);
    expect((next.sequence - one.sequence) & 0xffff).toBe(1);
    const samples = one.payloadType === 101 ? 0 : one.payload.length;
    expect((next.timestamp - one.timestamp) | 0).toBeGreaterThanOrEqual(samples);
  }
}

describe('two sessions that are bridged', () => {
  it('hear each other: each packet is sent on as it came, as a part of the own stream', async () => {
    const [one, other] = await pair();
    await one.session.bridge(other.session);
    await talk(one, 5);
    await talk(other, 3);
    const heard = (await other.far.count(6)).slice(1);
    expect(heard.map(({ payload }) => payload)).toEqual([0, 1, 2, 3, 4].map(payloadOf));
    expect(heard.map(({ marker }) => marker)).toEqual([true, false, false, false, false]);
    expect(heard.map(({ timestamp }) => (timestamp - (heard[0] as WirePacket).timestamp) >>> 0)).toEqual([
      0, 160, 320, 480, 640,
    ]);
    expectContinuous(other.far.received);
    await one.far.count(4);
    expectContinuous(one.far.received);
    await Promise.all([hangUp(one), hangUp(other)]);
  });

  it('hear each other in the law that each is sent', async () => {
    const [one, other] = await pair({ payloadTypes: { pcmu: 0 } }, { payloadTypes: { pcma: 97 } });
    await one.session.bridge(other.session);
    await talk(one, 2);
    const [, first, second] = await other.far.count(3);
    expect(first).toMatchObject({ payloadType: 97, payload: Buffer.from(transcode('pcmu', payloadOf(0))) });
    expect(second).toMatchObject({ payloadType: 97, payload: Buffer.from(transcode('pcmu', payloadOf(1))) });
    other.far.payloadType = 97;
    await talk(other, 1);
    const back = (await one.far.count(2))[1];
    expect(back).toMatchObject({ payloadType: 0, payload: Buffer.from(transcode('pcma', payloadOf(0))) });
    await Promise.all([hangUp(one), hangUp(other)]);
  });

  it('a lost packet stays lost, and one that was overtaken comes in its place', async () => {
    const [one, other] = await pair();
    await one.session.bridge(other.session);
    await talk(one, 4, { lost: [1] });
    const [third, late] = [one.far.next(payloadOf(4)), one.far.next(payloadOf(5))];
    const before = await one.received();
    one.far.send(late);
    one.far.send(third);
    await until(async () => (await one.received()) === before + 2);
    const heard = (await other.far.count(6)).slice(1);
    const first = (heard[0] as WirePacket).sequence;
    expect(heard.map(({ sequence, payload }) => [(sequence - first) & 0xffff, payload[0]])).toEqual([
      [0, 0],
      [2, 2],
      [3, 3],
      [5, 5],
      [4, 4],
    ]);
    await Promise.all([hangUp(one), hangUp(other)]);
  });

  it('digits are sent on as they come, by the other’s payload type, and heard', async () => {
    const [one, other] = await pair({}, { payloadTypes: { pcmu: 0, telephoneEvent: 96 } });
    await one.session.bridge(other.session);
    const digits: string[] = [];
    one.session.on('digit', ({ digit }) => digits.push(digit));
    await talk(one, 1);
    const timestamp = one.far.timestamp;
    const before = await one.received();
    for (const [duration, flags] of [
      [160, 0],
      [320, 0],
      [480, 0x80],
      [480, 0x80],
    ] as const) {
      const payload = Buffer.from([5, flags | 10, duration >> 8, duration & 0xff]);
      one.far.send(one.far.next(payload, { payloadType: 101, timestamp, marker: duration === 160 }));
    }
    await until(async () => (await one.received()) === before + 4);
    const events = (await other.far.count(6)).slice(2);
    expect(events.map(({ payloadType, payload }) => [payloadType, payload.toString('hex')])).toEqual([
      [96, '050a00a0'],
      [96, '050a0140'],
      [96, '058a01e0'],
      [96, '058a01e0'],
    ]);
    expect(new Set(events.map((event) => event.timestamp)).size).toBe(1);
    expect(digits).toEqual(['5']);
    await Promise.all([hangUp(one), hangUp(other)]);
  });

  it('what is played to one comes first, and the stream goes on behind it', async () => {
    const [one, other] = await pair();
    await one.session.bridge(other.session);
    await talk(one, 2);
    const playing = other.session.play({ frequencies: [440], onMs: 200 });
    await other.far.count(5);
    await talk(one, 1, { payload: () => Buffer.alloc(160, 0x11) });
    expect((await playing).outcome).toBe('finished');
    await talk(one, 2, { payload: () => Buffer.alloc(160, 0x22) });
    const last = await other.far.until(({ payload }) => payload[0] === 0x22 && payload[159] === 0x22);
    expect(other.far.received.some(({ payload }) => payload.every((byte) => byte === 0x11))).toBe(false);
    expect(last.marker).toBe(true);
    expectContinuous(other.far.received);
    await Promise.all([hangUp(one), hangUp(other)]);
  });

  it('is over when it is ended, or either session is, or either is bridged with another', async () => {
    const [one, other] = await pair();
    const third = await engine.open({ beside: one.session });
    await one.session.bridge(other.session);
    await one.session.unbridge();
    await talk(one, 2);
    await one.session.bridge(other.session);
    await third.bridge(one.session);
    await talk(one, 2);
    await third.close();
    await talk(one, 2);
    await other.session.bridge(one.session);
    await talk(one, 1, { payload: () => Buffer.alloc(160, 0x33) });
    await other.far.until(({ payload }) => payload[0] === 0x33);
    // The first is the sign of life.
    expect(other.far.received).toHaveLength(2);
    await hangUp(other);
    await talk(one, 1);
    await hangUp(one);
  });

  it('a session of another thread, or one that is over, is refused', async () => {
    const one = await connect(engine);
    const elsewhere = await engine.open();
    await expect(one.session.bridge(elsewhere)).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    await expect(one.session.bridge(one.session)).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    const [unused, used] = [
      await engine.open({ beside: one.session }),
      await engine.open({ beside: one.session }),
    ];
    await used.hold();
    for (const over of [unused, used]) {
      await over.close();
      await expect(one.session.bridge(over)).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
    }
    await elsewhere.close();
    await hangUp(one);
  });

  it('a recording of both sides has what was sent on', async () => {
    const [one, other] = await pair();
    const path = join(directory, 'both.wav');
    await other.session.record(path, { sides: 'both' });
    await one.session.bridge(other.session);
    await talk(one, 20, { payload: () => Buffer.alloc(160, 0x00) });
    await other.far.count(21);
    await other.session.stopRecording(path);
    // Our side is one of two channels, whose mean is read: mu-law 0 is full scale.
    expect((await readWav(readFileSync(path))).samples.filter((sample) => sample < -0.45)).not.toHaveLength(
      0,
    );
    await Promise.all([hangUp(one), hangUp(other)]);
  });
});

describe('whatever happens in whatever order', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'both far ends are sent one stream without a seam (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed);
      const [one, other] = await pair({ payloadTypes: { pcma: 8, telephoneEvent: 101 } });
      one.far.payloadType = 8;
      for (let n = 0; n < 25; n++) {
        const call = random.of([one, other]);
        switch (
          random.of(['bridge', 'unbridge', 'play', 'stop', 'talk', 'talk', 'talk', 'restart', 'digit'])
        ) {
          case 'bridge':
            await one.session.bridge(other.session);
            break;
          case 'unbridge':
            await call.session.unbridge();
            break;
          case 'play':
            void call.session.play({ frequencies: [440], onMs: 100 });
            break;
          case 'stop':
            await call.session.stopPlaying();
            break;
          case 'restart':
            // Its clock and its numbers begin anew.
            call.far.sequence = random.below(0x1_0000);
            call.far.timestamp = random.below(2 ** 32);
            break;
          case 'digit':
            await call.session.sendDigits('7', { durationMs: 40, gapMs: 40 });
            break;
          default:
            await talk(call, 1 + random.below(6));
        }
      }
      await one.session.bridge(other.session);
      await one.session.stopPlaying();
      await other.session.stopPlaying();
      await talk(one, 1, { payload: () => Buffer.alloc(160, 0x55) });
      await other.far.until(({ payload }) => payload[0] === transcode('pcma', Buffer.of(0x55))[0]);
      expectContinuous(one.far.received);
      expectContinuous(other.far.received);
      await Promise.all([hangUp(one), hangUp(other)]);
    },
  );
});

it('packets that are sent on out of order, around the end of the numbers too, are protected so that they can be read', () => {
  const key = { suite: 'AES_CM_128_HMAC_SHA1_80', inline: randomBytes(30).toString('base64') } as const;
  const [protector, unprotector] = [new SrtpProtector(key), new SrtpUnprotector(key)];
  const packet = (sequence: number) => {
    const bytes = Buffer.alloc(20, 1);
    bytes[0] = 0x80;
    bytes.writeUInt16BE(sequence & 0xffff, 2);
    return bytes;
  };
  const order = [0x7000, 0x9000, 0xfffd, 0xffff, 0xfffe, 0x10000, 0x10002, 0xfffc, 0x10001, 0x10003];
  for (const sequence of order) {
    const sent = packet(sequence);
    expect(unprotector.rtp(protector.rtp(Buffer.from(sent)))).toEqual(sent);
  }
});
