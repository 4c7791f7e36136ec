import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JitterBuffer } from '../../src/jitter/jitter-buffer.js';
import type { RtpPacket } from '../../src/rtp/packet.js';
import { moveTimestamp } from '../../src/rtp/wrap.js';

/** The n-th packet of a stream; `n` is found again in its payload. */
function packetOf(n: number, sequence = 65_500, timestamp = 2 ** 32 - 1000, ssrc = 1): RtpPacket {
  return {
    payloadType: 0,
    marker: false,
    sequence: (sequence + n) & 0xffff,
    timestamp: moveTimestamp(timestamp, n * 160),
    ssrc,
    payload: Uint8Array.of(n >> 8, n & 0xff),
  };
}

/** What came out: the number of a packet, or how many were lost. */
function listen() {
  const out: Array<number | { lost: number } | 'restarted'> = [];
  const buffer = new JitterBuffer({
    packet: ({ payload }) => out.push(((payload[0] as number) << 8) | (payload[1] as number)),
    lost: (lost) => out.push({ lost }),
    restarted: () => out.push('restarted'),
  });
  return { out, buffer };
}

describe('JitterBuffer', () => {
  it('gives on what is in order at once, across the wrap of sequence numbers and timestamps', () => {
    const { out, buffer } = listen();
    for (let n = 0; n < 500; n++) {
      buffer.take(packetOf(n));
      expect(buffer.held).toBe(0);
    }
    expect(out).toEqual(Array.from({ length: 500 }, (_, n) => n));
  });

  it('gives every packet once, in order, and tells exactly what is lost', () => {
    const stream = fc.record({
      length: fc.integer({ min: 3, max: 120 }),
      sequence: fc.integer({ min: 0, max: 0xffff }),
      timestamp: fc.integer({ min: 0, max: 0xffff_ffff }),
      losses: fc.array(fc.nat(), { maxLength: 12 }),
      doubles: fc.array(fc.nat(), { maxLength: 12 }),
      swaps: fc.array(fc.nat(), { maxLength: 12 }),
    });
    fc.assert(
      fc.property(stream, ({ length, sequence, timestamp, losses, doubles, swaps }) => {
        // The first and last packet come, so that what is between them is known to be lost.
        const lost = new Set(losses.map((at) => 1 + (at % (length - 2))));
        const order = Array.from({ length }, (_, n) => n).filter((n) => !lost.has(n));
        for (const at of swaps) {
          const n = 1 + (at % Math.max(1, order.length - 2));
          const [one, other] = [order[n], order[n + 1]];
          // Neighbours that trade places are within the shortest wait, as long as no other gap adds to it.
          if (one === undefined || other === undefined || Math.abs(other - one) !== 1) continue;
          order[n] = other;
          order[n + 1] = one;
        }
        const { out, buffer } = listen();
        const took: number[] = [];
        for (const [n, number] of order.entries()) {
          buffer.take(packetOf(number, sequence, timestamp));
          took.push(number);
          if (doubles.some((at) => at % order.length === n))
            buffer.take(packetOf(number, sequence, timestamp));
        }
        buffer.flush();
        const given = out.filter((one) => typeof one === 'number');
        const lostCount = out.reduce<number>(
          (sum, one) => (typeof one === 'object' ? sum + one.lost : sum),
          0,
        );
        expect(given).toEqual([...given].sort((a, b) => a - b));
        expect(new Set(given).size).toBe(given.length);
        expect(lostCount).toBe(length - given.length);
        expect(buffer.counts.lost).toBe(lostCount);
        expect(given.length + buffer.counts.late).toBe(new Set(took).size);
      }),
      { numRuns: 3000 },
    );
  });

  it('tells each loss where it was', () => {
    const { out, buffer } = listen();
    for (const n of [0, 1, 4, 5, 6, 7, 9, 10, 11, 12]) buffer.take(packetOf(n));
    expect(out).toEqual([0, 1, { lost: 2 }, 4, 5, 6, 7, { lost: 1 }, 9, 10, 11, 12]);
  });

  it('waits longer once packets came late, and less again when none do', () => {
    const { buffer } = listen();
    const shortest = buffer.wait.ms;
    for (const n of [0, 2, 3, 4, 5, 1]) buffer.take(packetOf(n));
    expect(buffer.counts.late).toBe(1);
    const raised = buffer.wait.ms;
    expect(raised).toBeGreaterThan(80);
    for (let n = 6; n < 12_000; n++) buffer.take(packetOf(n));
    expect(buffer.wait.ms).toBeLessThan(raised);
    expect(buffer.wait.ms).toBeGreaterThanOrEqual(shortest);
  });

  it('goes on with another SSRC after two packets of it, and loses none', () => {
    const { out, buffer } = listen();
    for (const n of [0, 1, 2]) buffer.take(packetOf(n));
    buffer.take(packetOf(100, 7, 7, 99));
    expect(out).toEqual([0, 1, 2]);
    buffer.take(packetOf(101, 7, 7, 99));
    expect(out).toEqual([0, 1, 2, 'restarted', 100, 101]);
  });

  it('is not turned by single packets of a stranger', () => {
    const { out, buffer } = listen();
    for (let n = 0; n < 50; n++) {
      buffer.take(packetOf(n));
      buffer.take(packetOf(n * 7, 30_000, 5, 99));
    }
    expect(out).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it('starts over when the sequence numbers jump far', () => {
    const { out, buffer } = listen();
    for (const n of [0, 1, 2]) buffer.take(packetOf(n));
    for (const n of [10_000, 10_001, 10_002]) buffer.take(packetOf(n));
    expect(out).toEqual([0, 1, 2, 'restarted', 10_000, 10_001, 10_002]);
  });

  it('gives up a packet missing among those of one event, which all have the same timestamp', () => {
    const { out, buffer } = listen();
    const event = (n: number) => ({ ...packetOf(n), timestamp: 5 });
    for (const n of [0, 1, 3, 4, 5, 6, 7, 8]) buffer.take(event(n));
    expect(out).toEqual([0, 1, { lost: 1 }, 3, 4, 5, 6, 7, 8]);
  });
});
