import { createCipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { counterOf, type SessionKeys } from './keys.js';

/** Sequence numbers of RTP until they begin anew. */
export const SEQUENCES = 0x1_0000;
export const RTCP_HEADER_BYTES = 8;
/** The flag of SRTCP that says that the packet is encrypted, above the 31 bits of its index (RFC 3711 section 3.4). */
export const ENCRYPTED = 0x8000_0000;
export const RTCP_TAG_BYTES = 10;

/** Encrypts or decrypts, which is the same, the payload of a packet (RFC 3711 section 4.1). */
export function crypt({ cipherKey, salt }: SessionKeys, ssrc: number, index: number, body: Buffer): Buffer {
  return createCipheriv('aes-128-ctr', cipherKey, counterOf(salt, ssrc, index)).update(body);
}

/** The authentication tag (RFC 3711 section 4.2). */
export function tagOf({ authKey }: SessionKeys, parts: readonly Buffer[], bytes: number): Buffer {
  const hmac = createHmac('sha1', authKey);
  for (const part of parts) hmac.update(part);
  return hmac.digest().subarray(0, bytes);
}

/** Compares in a time that tells nothing of the contents. */
export function isEqual(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
