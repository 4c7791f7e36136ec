import { createCipheriv, createHmac } from 'node:crypto';

/**
 * SRTP of a far end, written for tests alone and independently of the media package: AES_CM_128 with HMAC_SHA1 (RFC 3711), no
 * replay protection. `inline`: key and salt in base64.
 */
export interface SrtpStream {
  inline: string;
  /** 10 for AES_CM_128_HMAC_SHA1_80, 4 for AES_CM_128_HMAC_SHA1_32. */
  tagBytes: number;
  /** How often the sequence numbers have wrapped. Default 0. */
  rolloverCount?: number;
}

const HEADER_BYTES = 12;

/** The SRTP packet of an RTP packet that has a plain header of 12 bytes. */
export function sealRtp(packet: Buffer, stream: SrtpStream): Buffer {
  const sealed = Buffer.concat([packet.subarray(0, HEADER_BYTES), cipher(packet, stream)]);
  return Buffer.concat([sealed, tagOf(sealed, stream)]);
}

/** The SRTCP packet of a compound RTCP packet; its index is below 2^31. */
export function sealRtcp(packet: Buffer, stream: SrtpStream & { index: number }): Buffer {
  const head = packet.subarray(0, 8);
  const body = encrypt(packet.subarray(8), stream.inline, 3, packet.readUInt32BE(4), BigInt(stream.index));
  const index = Buffer.alloc(4);
  index.writeUInt32BE(0x8000_0000 + stream.index);
  const sealed = Buffer.concat([head, body, index]);
  const tag = createHmac('sha1', derive(stream.inline, 4, 20))
    .update(sealed)
    .digest()
    .subarray(0, 10);
  return Buffer.concat([sealed, tag]);
}

/** The RTP packet in an SRTP packet. Throws when it is not authentic. */
export function openRtp(packet: Buffer, stream: SrtpStream): Buffer {
  const end = packet.length - stream.tagBytes;
  const sealed = packet.subarray(0, end);
  if (!packet.subarray(end).equals(tagOf(sealed, stream)))
    throw new Error('the SRTP packet is not authentic');
  return Buffer.concat([sealed.subarray(0, HEADER_BYTES), cipher(sealed, stream)]);
}

/** The `inline:` key and the number of bytes of the tag, of the `a=crypto` with this tag, or of the first one. */
export function srtpStreamOf(sdp: string, tag?: number): SrtpStream {
  const found = [...sdp.matchAll(/^a=crypto:(\d+) AES_CM_128_HMAC_SHA1_(80|32) inline:([^\s|]+)/gm)].find(
    ([, own]) => tag === undefined || Number(own) === tag,
  );
  if (found === undefined) throw new Error('there is no such a=crypto');
  return { inline: found[3] as string, tagBytes: Number(found[2]) / 8 };
}

function cipher(packet: Buffer, { inline, rolloverCount = 0 }: SrtpStream): Buffer {
  const index = BigInt(rolloverCount) * 65_536n + BigInt(packet.readUInt16BE(2));
  return encrypt(packet.subarray(HEADER_BYTES), inline, 0, packet.readUInt32BE(8), index);
}

/** `label` is that of the cipher key; that of the salt is two more (RFC 3711 section 4.1.1). */
function encrypt(body: Buffer, inline: string, label: number, ssrc: number, index: bigint): Buffer {
  const salt = BigInt(`0x${derive(inline, label + 2, 14).toString('hex')}`);
  const counter = (salt << 16n) ^ (BigInt(ssrc) << 64n) ^ (index << 16n);
  const iv = Buffer.from(counter.toString(16).padStart(32, '0'), 'hex');
  return createCipheriv('aes-128-ctr', derive(inline, label, 16), iv).update(body);
}

function tagOf(sealed: Buffer, { inline, tagBytes, rolloverCount = 0 }: SrtpStream): Buffer {
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(rolloverCount);
  const digest = createHmac('sha1', derive(inline, 1, 20))
    .update(sealed)
    .update(counter)
    .digest();
  return digest.subarray(0, tagBytes);
}

/** RFC 3711 section 4.3.1, with a key derivation rate of 0. */
function derive(inline: string, label: number, bytes: number): Buffer {
  const master = Buffer.from(inline, 'base64');
  const x = BigInt(`0x${master.subarray(16, 30).toString('hex')}`) ^ (BigInt(label) << 48n);
  const iv = Buffer.from((x << 16n).toString(16).padStart(32, '0'), 'hex');
  return createCipheriv('aes-128-ctr', master.subarray(0, 16), iv).update(Buffer.alloc(bytes));
}
