import { createCipheriv } from 'node:crypto';

/** Session keys of one direction (RFC 3711 section 4.3), for RTP or for RTCP. */
export interface SessionKeys {
  cipherKey: Buffer;
  authKey: Buffer;
  salt: Buffer;
}

const KEY_BYTES = 16;
const SALT_BYTES = 14;
const AUTH_BYTES = 20;
/** The labels of the cipher key (RFC 3711 section 4.3.1); those of the authentication key and salt follow. */
const RTP_LABEL = 0;
const RTCP_LABEL = 3;

/** Derives both sets of keys from a master key and salt in base64, as SDES has them (RFC 4568 section 6.2). */
export function deriveKeys(inline: string): { rtp: SessionKeys; rtcp: SessionKeys } {
  const master = Buffer.from(inline, 'base64');
  const key = master.subarray(0, KEY_BYTES);
  const salt = master.subarray(KEY_BYTES, KEY_BYTES + SALT_BYTES);
  const derive = (label: number): SessionKeys => ({
    cipherKey: deriveOne(key, salt, label, KEY_BYTES),
    authKey: deriveOne(key, salt, label + 1, AUTH_BYTES),
    salt: deriveOne(key, salt, label + 2, SALT_BYTES),
  });
  return { rtp: derive(RTP_LABEL), rtcp: derive(RTCP_LABEL) };
}

/** The key derivation with a rate of 0: AES in counter mode over zeros (RFC 3711 sections 4.3.1 and 4.3.3). */
function deriveOne(key: Buffer, salt: Buffer, label: number, bytes: number): Buffer {
  const iv = Buffer.alloc(16);
  salt.copy(iv);
  iv[7] = (iv[7] as number) ^ label;
  return createCipheriv('aes-128-ctr', key, iv).update(Buffer.alloc(bytes));
}

/** The counter block of a packet: (salt << 16) xor (SSRC << 64) xor (index << 16) (RFC 3711 section 4.1.1). */
export function counterOf(salt: Buffer, ssrc: number, index: number): Buffer {
  const iv = Buffer.alloc(16);
  salt.copy(iv);
  xorUint32(iv, 4, ssrc);
  xorUint32(iv, 8, Math.floor(index / 0x1_0000));
  const low = index % 0x1_0000;
  iv[12] = (iv[12] as number) ^ (low >> 8);
  iv[13] = (iv[13] as number) ^ (low & 0xff);
  return iv;
}

function xorUint32(buffer: Buffer, at: number, value: number): void {
  buffer.writeUInt32BE((buffer.readUInt32BE(at) ^ value) >>> 0, at);
}
