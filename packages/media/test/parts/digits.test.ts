import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DigitReceiver } from '../../src/rtp/digit-receiver.js';
import { DigitSender } from '../../src/rtp/digit-sender.js';
import { parseRtp, type RtpPacket } from '../../src/rtp/packet.js';
import { RtpSender } from '../../src/rtp/sender.js';
import { DIGITS } from '../../src/rtp/telephone-event.js';

const EVENT_TYPE = 101;

/** The packets of digits as our sender makes them. */
function send(digits: string, durationMs: number, gapMs: number, ptimeMs = 20): RtpPacket[] {
  const packets: RtpPacket[] = [];
  const rtp = new RtpSender((packet) => packets.push(parseRtp(packet) as RtpPacket));
  const sender = new DigitSender();
  let isSent = false;
  sender.add(digits, { durationMs, gapMs }, () => {
    isSent = true;
  });
  const samples = ptimeMs * 8;
  while (sender.isBusy) {
    const event = sender.next(samples, rtp.timestamp);
    if (event === null) rtp.skip(samples);
    else rtp.sendEvent(EVENT_TYPE, event, samples);
  }
  expect(isSent).toBe(true);
  return packets;
}

function receive(packets: readonly RtpPacket[], receiver = new DigitReceiver()): string {
  return packets.map((packet) => receiver.take(packet)?.digit ?? '').join('');
}

const digitsOf = (length: number) =>
  fc.array(fc.constantFrom(...DIGITS), { minLength: 1, maxLength: length }).map((digits) => digits.join(''));

describe('DigitSender', () => {
  it('tells each digit by one timestamp, a growing duration, and three end packets', () => {
    const packets = send('5', 100, 60);
    expect(new Set(packets.map(({ timestamp }) => timestamp)).size).toBe(1);
    expect(packets.map(({ payload }) => (payload[2] as number) * 256 + (payload[3] as number))).toEqual([
      160, 320, 480, 640, 800, 800, 800,
    ]);
    expect(packets.map(({ payload }) => (payload[1] as number) >> 7)).toEqual([0, 0, 0, 0, 1, 1, 1]);
    expect(packets.map(({ marker }) => marker)).toEqual([true, false, false, false, false, false, false]);
    expect(packets.map(({ payload }) => payload[0])).toEqual(new Array(7).fill(5));
  });

  it('leaves the gap between two digits', () => {
    const packets = send('11', 100, 60);
    const starts = [...new Set(packets.map(({ timestamp }) => timestamp))];
    expect(((starts[1] as number) - (starts[0] as number)) >>> 0).toBe(160 * 8);
  });

  it.each([
    ['', 100, 60],
    ['12x', 100, 60],
    ['1', 10, 60],
    ['1', 100, Number.NaN],
  ])('refuses "%s" of %d ms with a gap of %d ms', (digits, durationMs, gapMs) => {
    expect(() => new DigitSender().add(digits, { durationMs, gapMs }, () => undefined)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTIONS' }),
    );
  });
});

describe('DigitReceiver', () => {
  it('gives each of 10,000 random sequences exactly, however its packets are doubled and moved', () => {
    fc.assert(
      fc.property(
        digitsOf(6),
        fc.integer({ min: 40, max: 400 }),
        fc.integer({ min: 40, max: 200 }),
        fc.constantFrom(10, 20, 30),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 2 })), { maxLength: 30 }),
        (digits, durationMs, gapMs, ptimeMs, moves) => {
          const packets = send(digits, durationMs, gapMs, ptimeMs);
          for (const [at, later] of moves) {
            const from = at % packets.length;
            packets.splice(Math.min(packets.length, from + later), 0, packets[from] as RtpPacket);
          }
          expect(receive(packets)).toBe(digits);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('doubles no digit of 10,000 random sequences with up to 5 % loss, and loses none whose packets came', () => {
    fc.assert(
      fc.property(
        digitsOf(8),
        fc.integer({ min: 0, max: Math.floor(0.05 * 2 ** 30) }),
        fc.nat(),
        // The least that networks must carry (ITU-T Q.24), and what telephones send.
        fc.constantFrom([40, 40], [100, 60]),
        (digits, loss, seed, [durationMs, gapMs]) => {
          let state = seed;
          const isLost = () => {
            state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
            return state >>> 2 < loss;
          };
          const packets = send(digits, durationMs as number, gapMs as number);
          const starts = [...new Set(packets.map(({ timestamp }) => timestamp))];
          const came = packets.filter(() => !isLost());
          const expected = starts
            .flatMap((start, n) => (came.some(({ timestamp }) => timestamp === start) ? [digits[n]] : []))
            .join('');
          expect(receive(came)).toBe(expected);
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('takes a long event in several segments as one digit', () => {
    const segment = (sequence: number, timestamp: number, duration: number, flags: number): RtpPacket => ({
      payloadType: EVENT_TYPE,
      marker: sequence === 0,
      sequence,
      timestamp,
      ssrc: 1,
      payload: Uint8Array.of(7, flags, duration >> 8, duration & 0xff),
    });
    expect(
      receive([
        segment(0, 1000, 160, 10),
        segment(1, 1000, 0xffff, 10),
        segment(2, 1000 + 0xffff, 160, 10),
        segment(3, 1000 + 0xffff, 320, 0x8a),
        segment(4, 1000 + 0xffff, 320, 0x8a),
      ]),
    ).toBe('7');
  });

  it('takes a sender that moves the timestamp within an event as one digit', () => {
    const packets = send('4', 100, 60).map((packet, n) => ({
      ...packet,
      timestamp: packet.timestamp + n * 160,
    }));
    expect(receive(packets.slice(0, 5))).toBe('4');
  });

  it('ignores events that are no digits, and payloads that are too short', () => {
    const [packet] = send('1', 40, 40) as [RtpPacket];
    const receiver = new DigitReceiver();
    expect(receiver.take({ ...packet, payload: Uint8Array.of(36, 10, 0, 160) })).toBeNull();
    expect(receiver.take({ ...packet, payload: Uint8Array.of(1, 10) })).toBeNull();
  });
});
