import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRtcp, parseRtp } from '../../src/rtp/packet.js';
import { RtpSender } from '../../src/rtp/sender.js';
import { moveTimestamp, sequenceDistance, timestampDistance } from '../../src/rtp/wrap.js';
import { rtp } from '../far-end.js';

const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });

describe('parseRtp', () => {
  it('reads what was written, with CSRC list, header extension and padding', () => {
    const parts = fc.record({
      payloadType: fc.integer({ min: 0, max: 127 }),
      marker: fc.boolean(),
      sequence: uint16,
      timestamp: uint32,
      ssrc: uint32,
      payload: fc.uint8Array({ maxLength: 200 }),
      csrcs: fc.array(uint32, { maxLength: 15 }),
      extension: fc.option(fc.array(uint32, { maxLength: 8 })),
      padding: fc.integer({ min: 0, max: 255 }),
    });
    fc.assert(
      fc.property(parts, ({ csrcs, extension, padding, payload, ...fields }) => {
        const plain = rtp({ ...fields, payload: Buffer.alloc(0) });
        plain[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extension !== null ? 0x10 : 0) | csrcs.length;
        const words = (values: number[]) => {
          const bytes = Buffer.alloc(values.length * 4);
          for (const [n, value] of values.entries()) bytes.writeUInt32BE(value, n * 4);
          return bytes;
        };
        const tail = Buffer.alloc(padding, 0);
        if (padding > 0) tail[padding - 1] = padding;
        const head = extension === null ? [] : [words([0xbede_0000 + extension.length]), words(extension)];
        const packet = Buffer.concat([plain, words(csrcs), ...head, payload, tail]);
        const parsed = parseRtp(packet);
        expect(parsed).toMatchObject(fields);
        expect(Buffer.from(parsed?.payload ?? [])).toEqual(Buffer.from(payload));
      }),
    );
  });

  it.each([
    ['is empty', ''],
    ['is shorter than a header', '80000001000000000000'],
    ['is of version 1', '40000001000000000000000100'],
    ['has fewer CSRCs than it says', '8f000001000000000000000100'],
    ['has an extension that is cut off', '900000010000000000000001bede'],
    ['has an extension longer than itself', '900000010000000000000001bede0fff'],
    ['has more padding than payload', 'a000000100000000000000010005'],
    ['has padding of no length', 'a00000010000000000000001ff00'],
  ])('refuses a packet that %s', (_, hex) => {
    expect(parseRtp(Buffer.from(hex, 'hex'))).toBeNull();
  });

  it('never throws, and its payload lies within the packet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const parsed = parseRtp(bytes);
        expect(parsed === null || parsed.payload.length <= bytes.length - 12).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('tells RTCP on the same port by its packet type', () => {
    expect(
      [200, 201, 202, 203, 204, 205, 206].map((type) => isRtcp(Uint8Array.of(0x80, type))),
    ).not.toContain(false);
    expect(
      [0, 8, 13, 101, 0x80, 0x88, 0x8d, 0xe5].map((type) => isRtcp(Uint8Array.of(0x80, type))),
    ).not.toContain(true);
  });
});

describe('counters that wrap', () => {
  it('have distances that undo their moves', () => {
    fc.assert(
      fc.property(uint32, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (from, by) => {
        expect(timestampDistance(from, moveTimestamp(from, by))).toBe(by);
      }),
    );
    fc.assert(
      fc.property(uint16, fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }), (from, by) => {
        expect(sequenceDistance(from, (from + by) & 0xffff)).toBe(by);
      }),
    );
  });
});

describe('RtpSender', () => {
  it('counts on across the wrap of its sequence numbers, and marks each talkspurt', () => {
    const sent: Buffer[] = [];
    const sender = new RtpSender((packet) => sent.push(packet));
    for (let n = 0; n < 70_000; n++) {
      if (n % 1000 === 0) sender.skip(800);
      sender.sendAudio(8, Buffer.alloc(1), 160);
    }
    let before = parseRtp(sent[0] as Buffer);
    for (const [n, bytes] of sent.entries()) {
      const packet = parseRtp(bytes);
      if (packet === null || before === null) throw new Error('malformed');
      if (n > 0) expect(sequenceDistance(before.sequence, packet.sequence)).toBe(1);
      if (n > 0)
        expect(timestampDistance(before.timestamp, packet.timestamp)).toBe(n % 1000 === 0 ? 960 : 160);
      expect(packet.marker).toBe(n % 1000 === 0);
      before = packet;
    }
  });
});
