import { packetAt } from './rtp-packet.mjs';

const FRAME_SAMPLES = 160;
const EVENTS = 101;
const MARKER = 0x80;
const KEYS = '0123456789*#ABCD';
const LENGTH_MAX = 6;
const END_PACKETS = 3;
/** Frames of a key, and between two of them: 40 ms each. */
const ON = 2;
const OFF = 2;
/** Between two sequences. */
const REST = 10;

/** Somebody who presses random sequences of keys over a network that loses packets. */
export class Keypad {
  /** All keys, in order. */
  pressed = '';
  /** Frames of 20 ms that all of it takes. */
  frames;
  #ssrc;
  #loss;
  #random;
  #number = 0;
  #frame = 0;
  /** Of each frame: the key that sounds, and which of its frames that is; absent: silence. */
  #plan = /** @type {Array<{ key: number, at: number } | undefined>} */ ([]);

  /** @param {number} ssrc @param {number} sequences @param {number} lossPercent @param {number} seed */
  constructor(ssrc, sequences, lossPercent, seed) {
    this.#ssrc = ssrc;
    this.#loss = lossPercent / 100;
    this.#random = randomOf(seed);
    for (let n = 0; n < sequences; n++) this.#add(1 + Math.floor(this.#random() * LENGTH_MAX));
    this.frames = this.#plan.length;
  }

  /** The packets of the next frame that are not lost. */
  next() {
    const frame = this.#frame++;
    if (frame >= this.frames) return [];
    const sounding = this.#plan[frame];
    const before = this.#plan[frame - 1];
    const packets = [];
    // The end of a key comes with the frame after it, three times.
    if (before !== undefined && before.at === ON - 1)
      for (let n = 0; n < END_PACKETS; n++) packets.push(this.#event(frame - ON, before.key, ON, true));
    if (sounding === undefined) packets.push(this.#audio(frame));
    else packets.push(this.#event(frame - sounding.at, sounding.key, sounding.at + 1, false));
    return packets.filter(() => this.#random() >= this.#loss);
  }

  /** @param {number} length */
  #add(length) {
    for (let n = 0; n < length; n++) {
      const key = Math.floor(this.#random() * KEYS.length);
      this.pressed += KEYS[key];
      for (let at = 0; at < ON; at++) this.#plan.push({ key, at });
      this.#plan.length += OFF;
    }
    this.#plan.length += REST;
  }

  /** @param {number} startFrame @param {number} key @param {number} frames so far @param {boolean} isEnd */
  #event(startFrame, key, frames, isEnd) {
    const payload = Buffer.from([key, isEnd ? 0x80 : 0, 0, 0]);
    payload.writeUInt16BE(frames * FRAME_SAMPLES, 2);
    const payloadType = frames === 1 ? EVENTS | MARKER : EVENTS;
    return this.#packet(payloadType, startFrame * FRAME_SAMPLES, payload);
  }

  /** @param {number} frame */
  #audio(frame) {
    return this.#packet(0, frame * FRAME_SAMPLES, Buffer.alloc(FRAME_SAMPLES, 0xff));
  }

  /** @param {number} payloadType @param {number} timestamp @param {Buffer} payload */
  #packet(payloadType, timestamp, payload) {
    return packetAt({ ssrc: this.#ssrc, number: this.#number++, payloadType, timestamp }, payload);
  }
}

/** mulberry32: the same numbers for the same seed. @param {number} seed */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
