import { readFile } from 'node:fs/promises';
import { MediaError } from '../errors.js';
import type { SourceOptions } from '../options.js';
import { checkSource, isAddress } from './check-source.js';
import { decodeSound } from './decode.js';
import { SourceFetcher } from './fetch-source.js';
import { findFile, READ_WITHOUT_WAITING } from './read-source.js';
import { type Sound, toSound } from './sound.js';
import { SoundCache } from './sound-cache.js';
import {
  isToneSource,
  parseTones,
  renderTones,
  type ToneSequence,
  type ToneSpec,
  toSequence,
} from './tones.js';

/** What can be played: a path in the allowed directory, a `file:` or `https:` address, or a tone. */
export type PlaySource = string | ToneSpec;

/** A sound, and how often its own description has it played; 0 is without end. */
export interface LoadedSound {
  sound: Sound;
  loops: number;
}

/**
 * All sounds of a thread: each is read, decoded and encoded once, and shared by the calls that play it. A file that
 * has changed is read again; an address is asked again, by its ETag, when the last answer is old.
 */
export class SoundLibrary {
  readonly #options: SourceOptions;
  readonly #cache: SoundCache;
  readonly #fetcher: SourceFetcher;
  /** Loads under way, so that many calls that play the same at once share one. */
  readonly #loading = new Map<string, Promise<Sound>>();

  constructor(options: SourceOptions) {
    this.#options = options;
    this.#cache = new SoundCache(options.cacheBytes);
    const { allowedHosts, maxBytes, timeoutMs, ca } = options;
    this.#fetcher = new SourceFetcher({
      allowedHosts,
      maxBytes,
      timeoutMs,
      ...(ca === undefined ? {} : { ca }),
    });
  }

  /** Rejects with a `MediaError` whose code begins with `SOURCE_`, or `HOST_NOT_ALLOWED`. */
  async load(source: PlaySource): Promise<LoadedSound> {
    if (typeof source !== 'string') return this.#tones(toSequence(source));
    if (isToneSource(source)) return this.#tones(parseTones(source));
    checkSource(source, this.#options);
    const sound = await this.#once(source, () =>
      isAddress(source) ? this.#fetch(source) : this.#read(source),
    );
    return { sound, loops: 1 };
  }

  close(): void {
    this.#fetcher.close();
  }

  #tones({ tones, loops }: ToneSequence): LoadedSound {
    const key = `tones:${JSON.stringify(tones)}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined) return { sound: cached.sound, loops };
    const sound = toSound(renderTones(tones));
    this.#cache.set(key, { sound, version: '', checkedAt: 0 });
    return { sound, loops };
  }

  #once(key: string, load: () => Promise<Sound>): Promise<Sound> {
    const under = this.#loading.get(key);
    if (under !== undefined) return under;
    const loading = load().finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async #read(source: string): Promise<Sound> {
    const { directory, maxBytes } = this.#options;
    const { path, version, bytes } = await findFile(source, directory);
    const cached = this.#cache.get(path);
    if (cached?.version === version) return cached.sound;
    if (bytes > maxBytes)
      throw new MediaError('SOURCE_TOO_LARGE', `${source} has more than ${maxBytes} bytes`);
    const file = await readFile(path, { flag: READ_WITHOUT_WAITING }).catch((error: Error) => {
      throw new MediaError('SOURCE_MISSING', `${source}: ${error.message}`, error);
    });
    return await this.#decode(path, file, version);
  }

  async #fetch(address: string): Promise<Sound> {
    const cached = this.#cache.get(address);
    const isFresh = cached !== undefined && performance.now() - cached.checkedAt < this.#options.revalidateMs;
    if (isFresh) return cached.sound;
    const fetched = await this.#fetcher.fetch(address, cached?.version ?? '');
    if (fetched !== null) return await this.#decode(address, fetched.body, fetched.version);
    const { sound, version } = cached as NonNullable<typeof cached>;
    this.#cache.set(address, { sound, version, checkedAt: performance.now() });
    return sound;
  }

  async #decode(key: string, file: Buffer, version: string): Promise<Sound> {
    const sound = await decodeSound(file, this.#options.maxSeconds);
    this.#cache.set(key, { sound, version, checkedAt: performance.now() });
    return sound;
  }
}
