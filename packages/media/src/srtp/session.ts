import type { SrtpKeys } from '../description.js';
import { SrtpProtector } from './protector.js';
import type { SrtpKey } from './suites.js';
import { SrtpUnprotector } from './unprotector.js';

/**
 * The protection of a session over its lifetime: in the clear at first, with keys once they were agreed on, and with others
 * after the far end has changed them.
 */
export class SrtpSession {
  #isOn = false;
  #keys: SrtpKeys | null = null;
  #ours: SrtpProtector | null = null;
  #theirs: SrtpUnprotector | null = null;
  /** Of the far end's former key, until something comes under the new one. */
  #former: SrtpUnprotector | null = null;

  /** Null: in the clear. A key that stays, or comes again, goes on where it was. */
  configure(keys: SrtpKeys | null): void {
    this.#isOn = keys !== null;
    if (keys === null) return;
    const before = this.#keys;
    this.#keys = keys;
    // Never from the start with a key that was in use: two packets would be encrypted alike (RFC 3711 section 9.1).
    if (!isSame(before?.local, keys.local)) this.#ours = new SrtpProtector(keys.local, this.#ours);
    if (isSame(before?.remote, keys.remote)) return;
    this.#former = this.#theirs;
    this.#theirs = new SrtpUnprotector(keys.remote, this.#theirs);
  }

  /** An RTP packet as it is to be sent. */
  protectRtp(packet: Buffer): Buffer {
    return this.#isOn && this.#ours !== null ? this.#ours.rtp(packet) : packet;
  }

  protectRtcp(packet: Buffer): Buffer {
    return this.#isOn && this.#ours !== null ? this.#ours.rtcp(packet) : packet;
  }

  /** The RTP packet in a datagram, or null when it is not of the far end, or has come before. */
  unprotectRtp(datagram: Buffer): Buffer | null {
    return this.#unprotect((context) => context.rtp(datagram), datagram);
  }

  unprotectRtcp(datagram: Buffer): Buffer | null {
    return this.#unprotect((context) => context.rtcp(datagram), datagram);
  }

  #unprotect(open: (context: SrtpUnprotector) => Buffer | null, datagram: Buffer): Buffer | null {
    if (!this.#isOn || this.#theirs === null) return datagram;
    const packet = open(this.#theirs);
    if (packet !== null) this.#former = null;
    // What was on its way when the keys were changed.
    return packet ?? (this.#former === null ? null : open(this.#former));
  }
}

function isSame(one: SrtpKey | undefined, other: SrtpKey): boolean {
  return one?.inline === other.inline && one.suite === other.suite && one.mkiBytes === other.mkiBytes;
}
