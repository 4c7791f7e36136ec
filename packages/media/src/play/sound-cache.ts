import { bytesOf, type Sound } from './sound.js';

interface Entry {
  sound: Sound;
  /** What the sound was made of: size and time of a file, the ETag of an address. */
  version: string;
  /** When it was last known to be of this version, in ms. */
  checkedAt: number;
}

/** Sounds that are ready to be sent, shared by the calls of a thread; those not used for longest go first. */
export class SoundCache {
  readonly #limitBytes: number;
  /** In the order of use: a Map keeps the order in which its keys were set. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Readonly<Entry> | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  /** Keeps a sound, unless it alone is more than the limit. */
  set(key: string, entry: Entry): void {
    this.delete(key);
    const bytes = bytesOf(entry.sound);
    if (bytes > this.#limitBytes) return;
    this.#entries.set(key, entry);
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limitBytes) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= bytesOf(entry.sound);
  }
}
