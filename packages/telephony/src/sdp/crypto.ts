import { randomBytes } from 'node:crypto';
import { SRTP_KEY_BYTES, SRTP_SUITES, type SrtpKey, type SrtpSuite } from '@outdial/media';
import type { MediaLine } from './audio-line.js';

/** In the order in which they are offered. */
const SUITES = Object.keys(SRTP_SUITES) as SrtpSuite[];
/** RTP profiles with encryption (RFC 3711 section 12, RFC 5124). */
const SECURE_PROTOCOLS = ['RTP/SAVP', 'RTP/SAVPF'];
const KEY = /^inline:([A-Za-z0-9+/]{40})(?:\|(?:2\^)?\d{1,16})?(?:\|\d{1,16}:(\d{1,3}))?$/;
/** RFC 4568 section 6.1. */
const MKI_BYTES_MAX = 128;

/** An `a=crypto` that we know what to do with (RFC 4568 section 4.1). */
export interface Crypto {
  tag: number;
  key: SrtpKey;
}

/** Keys for what we send, one for each suite. */
export function newKeys(): SrtpKey[] {
  return SUITES.map((suite) => ({ suite, inline: randomBytes(SRTP_KEY_BYTES).toString('base64') }));
}

export function cryptoLine({ tag, key: { suite, inline } }: Crypto): string {
  return `a=crypto:${tag} ${suite} inline:${inline}`;
}

/** Whether a line's profile demands SRTP. */
export function isSecureRtp({ protocol }: MediaLine): boolean {
  return SECURE_PROTOCOLS.includes(protocol);
}

export function hasCrypto({ crypto = [] }: MediaLine): boolean {
  return crypto.length > 0;
}

/** The suites that a line names, for messages: its keys are never told. */
export function suitesOf({ crypto = [] }: MediaLine): string {
  return crypto.map(({ suite }) => suite).join(', ');
}

/** Those of a line that can be used, in its order of preference. */
export function cryptosOf({ crypto = [] }: MediaLine): Crypto[] {
  return crypto.flatMap(({ id, suite, config, sessionConfig = '' }) => {
    const [, inline, mkiBytes = '0'] = KEY.exec(config) ?? [];
    // Other session parameters turn off a part of the protection, or ask for what we do not have (RFC 4568 section 6.3).
    const isUsable = Number.isInteger(id) && isSuite(suite) && /^(?:WSH=\d+)?$/.test(sessionConfig);
    if (inline === undefined || !isUsable || Number(mkiBytes) > MKI_BYTES_MAX) return [];
    return [{ tag: id, key: { suite, inline, mkiBytes: Number(mkiBytes) } }];
  });
}

function isSuite(name: string): name is SrtpSuite {
  return Object.hasOwn(SRTP_SUITES, name);
}
