import { hash } from 'node:crypto';

/** 32-bit words of a slot: three of the id's digest, and the line. */
const WORDS = 4;
const SLOTS_AT_FIRST = 1024;
/** The share of its slots that are taken when it grows. */
const LOAD_MAX = 0.7;

/**
 * In which line each id was seen first. A file has a million ids, so 96 bits of each one's digest are kept in place of its text:
 * two ids of a file would have the same in one file of 10^16.
 */
export class IdLines {
  #slots = new Uint32Array(SLOTS_AT_FIRST * WORDS);
  #count = 0;

  /** Notes the line of an id; lines count from 1. Returns the line in which it was seen before, or undefined. */
  note(id: string, line: number): number | undefined {
    if (this.#count >= (this.#slots.length / WORDS) * LOAD_MAX) this.#grow();
    const digest = hash('sha256', id, 'buffer');
    const words = [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8)] as const;
    const at = this.#find(words);
    const earlier = this.#slots[at + 3];
    if (earlier !== 0) return earlier;
    this.#slots.set(words, at);
    this.#slots[at + 3] = line;
    this.#count += 1;
    return undefined;
  }

  /** Where a digest is, or belongs. A slot without a line is free. */
  #find(words: readonly [number, number, number]): number {
    const slots = this.#slots;
    const mask = slots.length / WORDS - 1;
    for (let slot = words[0] & mask; ; slot = (slot + 1) & mask) {
      const at = slot * WORDS;
      if (slots[at + 3] === 0) return at;
      if (slots[at] === words[0] && slots[at + 1] === words[1] && slots[at + 2] === words[2]) return at;
    }
  }

  #grow(): void {
    const former = this.#slots;
    this.#slots = new Uint32Array(former.length * 2);
    for (let at = 0; at < former.length; at += WORDS) {
      const [first = 0, second = 0, third = 0, line = 0] = former.subarray(at, at + WORDS);
      if (line !== 0) this.#slots.set([first, second, third, line], this.#find([first, second, third]));
    }
  }
}
