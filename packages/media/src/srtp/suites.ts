/**
 * The crypto suites that we know (RFC 4568 section 6.2), and the bytes of their authentication tag on RTP. That on RTCP
 * has 10 bytes with both (RFC 4568 sections 6.2.1 and 6.2.2).
 */
export const SRTP_SUITES = { AES_CM_128_HMAC_SHA1_80: 10, AES_CM_128_HMAC_SHA1_32: 4 } as const;
export type SrtpSuite = keyof typeof SRTP_SUITES;

/** 16 bytes of key and 14 of salt, with both. */
export const SRTP_KEY_BYTES = 30;

/** The key of one direction of a stream. */
export interface SrtpKey {
  suite: SrtpSuite;
  /** Key and salt in base64, as `inline:` has them. */
  inline: string;
  /** The bytes of the master key identifier in each packet (RFC 3711 section 3.1). Default 0: it has none. */
  mkiBytes?: number;
}
