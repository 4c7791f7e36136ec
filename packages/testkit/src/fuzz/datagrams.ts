import { type SrtpStream, sealRtcp, sealRtp } from '../callees/srtp.js';
import type { SeededRandom } from './random.js';

/** Makes datagrams of one malformed kind, or good ones with odd contents. */
export type DatagramKind = (random: SeededRandom) => Buffer;

const PCMU = 0;
const EVENTS = 101;
const COMFORT_NOISE = 13;

function rtp(
  random: SeededRandom,
  fields: Partial<Record<'first' | 'type' | 'sequence' | 'timestamp' | 'ssrc', number>>,
  payload: Buffer,
): Buffer {
  const head = Buffer.alloc(12);
  head[0] = fields.first ?? 0x80;
  head[1] = fields.type ?? PCMU;
  head.writeUInt16BE((fields.sequence ?? random.below(0x1_0000)) & 0xffff, 2);
  head.writeUInt32BE((fields.timestamp ?? random.below(2 ** 32)) >>> 0, 4);
  head.writeUInt32BE((fields.ssrc ?? 1) >>> 0, 8);
  return Buffer.concat([head, payload]);
}

/** A compound whose first packet is of this type; `words`: the length that it says, in words of four bytes after the first. */
function rtcp(random: SeededRandom, type: number, count: number, words: number, bytes: number): Buffer {
  const packet = random.bytes(Math.max(4, bytes));
  packet[0] = 0x80 | (count & 0x1f);
  packet[1] = type;
  packet.writeUInt16BE(words & 0xffff, 2);
  return packet;
}

/** RTP (RFC 3550, 3389, 4733) and RTCP, for a port that takes both (`rtcp-mux`). */
export const PLAIN_KINDS: Readonly<Record<string, DatagramKind>> = {
  'random bytes': (random) => random.bytes(1 + random.below(1400)),
  'shorter than a header': (random) => random.bytes(random.below(12)),
  'another version': (random) =>
    rtp(random, { first: random.of([0, 0x40, 0xc0]) | random.below(64) }, random.bytes(160)),
  'sources beyond the end': (random) =>
    rtp(random, { first: 0x81 + random.below(15) }, random.bytes(random.below(60))),
  'an extension beyond the end': (random) => {
    const packet = rtp(random, { first: 0x90 | random.below(16) }, random.bytes(4 + random.below(160)));
    packet.writeUInt16BE(random.of([1, 41, 255, 0x7fff, 0xffff]), packet.length - 2);
    return packet;
  },
  'an extension cut off': (random) => rtp(random, { first: 0x90 }, random.bytes(random.below(4))),
  'padding of any length': (random) => {
    const packet = rtp(random, { first: 0xa0 | random.below(16) }, random.bytes(1 + random.below(160)));
    packet[packet.length - 1] = random.of([0, 1, packet.length - 12, packet.length, 255]);
    return packet;
  },
  'no payload': (random) =>
    rtp(random, { type: random.of([PCMU, 8, EVENTS, COMFORT_NOISE]) }, Buffer.alloc(0)),
  'a payload of odd length': (random) =>
    rtp(random, { sequence: random.below(8) }, random.bytes(1 + random.below(1400))),
  'any payload type': (random) => rtp(random, { type: random.below(256) }, random.bytes(random.below(200))),
  'wild sequence numbers': (random) => rtp(random, {}, random.bytes(160)),
  'wild timestamps': (random) => rtp(random, { sequence: random.below(100) }, random.bytes(160)),
  'another source each time': (random) => rtp(random, { ssrc: random.below(2 ** 32) }, random.bytes(160)),
  'odd telephone events': (random) => {
    const payload = random.bytes(random.below(9));
    // 15 is the digit D, which no kind presses.
    if (payload.length > 0) payload[0] = ((payload[0] as number) % 15) | random.of([0, 0x10, 0xe0]);
    return rtp(random, { type: EVENTS | random.of([0, 0x80]), timestamp: random.below(5) * 160 }, payload);
  },
  'odd comfort noise': (random) =>
    rtp(random, { type: COMFORT_NOISE, sequence: random.below(200) }, random.bytes(random.below(30))),
  'RTCP of any contents': (random) => {
    const words = random.below(40);
    return rtcp(random, 200 + random.below(5), random.below(32), words, 4 + words * 4);
  },
  'RTCP longer than it says': (random) =>
    rtcp(random, 200 + random.below(5), random.below(32), random.below(8), 4 + random.below(200)),
  'RTCP shorter than it says': (random) =>
    rtcp(random, 200 + random.below(5), random.below(32), random.of([8, 100, 0xffff]), 4 + random.below(32)),
  'RTCP of unknown types': (random) => {
    const words = random.below(40);
    return rtcp(random, 192 + random.below(32), random.below(32), words, 4 + words * 4);
  },
  'RTCP with reports beyond its end': (random) =>
    rtcp(random, random.of([200, 201]), 1 + random.below(31), 1 + random.below(6), 8 + random.below(24)),
  'RTCP with texts beyond its end': (random) => {
    const packet = rtcp(random, random.of([202, 203, 204]), 1 + random.below(31), 5, 24);
    packet[9] = random.of([0, 1, 13, 255]);
    return packet;
  },
};

/** SRTP and SRTCP for a leg whose far end protects its stream with this key. */
export function securedKinds(stream: SrtpStream): Readonly<Record<string, DatagramKind>> {
  const sealedRtp = (random: SeededRandom) => sealRtp(rtp(random, { ssrc: 9 }, random.bytes(160)), stream);
  const sealedRtcp = (random: SeededRandom) =>
    sealRtcp(rtcp(random, 200, 0, 6, 28), { ...stream, index: random.below(2 ** 20) });
  const changed = (packet: Buffer, random: SeededRandom) => {
    const at = random.below(packet.length);
    packet[at] = (packet[at] as number) ^ (1 << random.below(8));
    return packet;
  };
  const secured: Record<string, DatagramKind> = {
    'SRTP with a bit changed': (random) => changed(sealedRtp(random), random),
    'SRTP cut off': (random) => {
      const packet = sealedRtp(random);
      return packet.subarray(0, random.below(packet.length));
    },
    'SRTP of another key': (random) =>
      sealRtp(rtp(random, {}, random.bytes(160)), { ...stream, inline: random.bytes(30).toString('base64') }),
    'SRTP again and again': (random) =>
      sealRtp(rtp(random, { ssrc: 9, sequence: random.below(8), timestamp: 0 }, Buffer.alloc(160)), stream),
    'authentic SRTP of any contents': (random) =>
      sealRtp(
        rtp(
          random,
          { type: random.below(128) === EVENTS ? PCMU : random.below(100), ssrc: random.below(2 ** 32) },
          random.bytes(random.below(200)),
        ),
        stream,
      ),
    'SRTCP with a bit changed': (random) => changed(sealedRtcp(random), random),
    'SRTCP cut off': (random) => {
      const packet = sealedRtcp(random);
      return packet.subarray(0, random.below(packet.length));
    },
    'authentic SRTCP of any contents': (random) => {
      const words = 1 + random.below(40);
      const plain = rtcp(
        random,
        200 + random.below(5),
        random.below(32),
        random.of([words, 0xffff]),
        4 + words * 4,
      );
      return sealRtcp(plain, { ...stream, index: random.below(2 ** 31) });
    },
  };
  const plain = Object.entries(PLAIN_KINDS).filter(([name]) =>
    /random|shorter than a header|extension|contents/.test(name),
  );
  return {
    ...Object.fromEntries(plain.map(([name, kind]) => [`${name}, to a secured leg`, kind])),
    ...secured,
  };
}
