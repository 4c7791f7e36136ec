import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRtcp, parseRtcp } from '../../src/rtcp/packet.js';
import { RtcpReporter } from '../../src/rtcp/reporter.js';
import { ReceiverStatistics } from '../../src/rtp/receiver-statistics.js';
import { RtpSender } from '../../src/rtp/sender.js';

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const block = fc.record({
  ssrc: uint32,
  fractionLost: fc.integer({ min: 0, max: 255 }),
  cumulativeLost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
  highestSequence: uint32,
  jitter: uint32,
  lastReport: uint32,
  delaySinceLastReport: uint32,
});
const sender = fc.record({
  ntpSeconds: uint32,
  ntpFraction: uint32,
  rtpTimestamp: uint32,
  packets: uint32,
  octets: uint32,
});

function packetAt(n: number, ssrc = 5) {
  const payload = new Uint8Array(160);
  return { payloadType: 0, marker: false, sequence: n & 0xffff, timestamp: (n * 160) >>> 0, ssrc, payload };
}

describe('RTCP packets', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(uint32, fc.option(sender), fc.option(block), fc.boolean(), (ssrc, info, report, isBye) => {
        const packet = formatRtcp(ssrc, 'abc@outdial.invalid', info, report, isBye);
        expect(packet.length % 4).toBe(0);
        const sentAt =
          info === null ? null : (((info.ntpSeconds & 0xffff) << 16) | (info.ntpFraction >>> 16)) >>> 0;
        expect(parseRtcp(packet)).toEqual({ ssrc, sentAt, blocks: report === null ? [] : [report], isBye });
      }),
    );
  });

  it('are refused, and nothing is thrown, when they are malformed', () => {
    const whole = formatRtcp(1, 'abc', null, null, true);
    expect(parseRtcp(whole.subarray(0, whole.length - 1))).toBeNull();
    expect(parseRtcp(Buffer.alloc(8))).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 200, max: 204 }), (bytes, type) => {
        if (bytes.length > 1) bytes.set([0x80 | ((bytes[0] as number) & 0x3f), type]);
        parseRtcp(Buffer.from(bytes));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('ReceiverStatistics', () => {
  it('reports loss since the last report and in all, and the highest sequence number across the wrap', () => {
    const statistics = new ReceiverStatistics();
    for (let n = 65_500; n < 65_600; n++) if (n % 4 !== 3) statistics.take(packetAt(n), n * 20);
    expect(statistics.report()).toMatchObject({
      ssrc: 5,
      fractionLost: Math.floor((24 * 256) / 99),
      cumulativeLost: 24,
      highestSequence: 65_598 + 65_536,
    });
    for (let n = 65_600; n < 65_700; n++) statistics.take(packetAt(n), n * 20);
    expect(statistics.report()).toMatchObject({ fractionLost: Math.floor(256 / 101), cumulativeLost: 25 });
  });

  it('measures jitter as RFC 3550 has it', () => {
    const statistics = new ReceiverStatistics();
    for (let n = 0; n < 500; n++) statistics.take(packetAt(n), n * 20 + (n % 2) * 10);
    expect(statistics.jitterMs).toBeCloseTo(10, 1);
    const even = new ReceiverStatistics();
    for (let n = 0; n < 500; n++) even.take(packetAt(n), n * 20);
    expect(even.jitterMs).toBe(0);
  });
});

describe('RtcpReporter', () => {
  it('measures the round trip by the delay that the far end reports', () => {
    const make = () => {
      const rtp = new RtpSender(() => undefined);
      const statistics = new ReceiverStatistics();
      return { rtp, statistics, reporter: new RtcpReporter(rtp, statistics) };
    };
    const [one, other] = [make(), make()];
    one.rtp.sendAudio(0, new Uint8Array(160), 160);
    other.statistics.take(packetAt(0, one.rtp.ssrc), 0);
    one.reporter.start(0);
    const wallMs = 1_800_000_000_000;
    const report = one.reporter.due({ nowMs: 10_000, wallMs });
    // 30 ms on the way, 400 ms at the other end, 50 ms back.
    expect(other.reporter.take(report as Buffer, { nowMs: 70_000, wallMs: 5 })).toBe(true);
    other.reporter.start(0);
    const answer = other.reporter.due({ nowMs: 70_400, wallMs: 6 });
    expect(one.reporter.take(answer as Buffer, { nowMs: 10_480, wallMs: wallMs + 480 })).toBe(true);
    expect(one.reporter.roundTripMs).toBeCloseTo(80, 0);
    expect(one.reporter.farEnd).toEqual({ lossShare: 0, lost: 0, jitterMs: 0 });
  });
});
