import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { OutdialError } from '@outdial/contract';
import type { SpeechConfiguration } from './speech-configuration.js';
import { synthesize, type Utterance } from './synthesize.js';
import { toWav } from './wav.js';

/** How many files are written between two looks whether there are too many. */
const WRITES_A_LOOK = 100;

/** The parts of a worker's telephony that speech depends on. */
interface Playing {
  media: 'auto' | 'worker' | 'freeswitch';
  sounds: { directory?: string | undefined };
}

/**
 * The speech that a worker is configured with; null: none. Throws `INVALID_CONFIGURATION` where its files have no directory, or
 * one that the worker's own media may not play from.
 */
export function speechOf(configuration: SpeechConfiguration, { media, sounds }: Playing): Speech | null {
  const { command, url, directory: given } = configuration;
  if (command === undefined && url === undefined) return null;
  const directory = given ?? (sounds.directory && join(sounds.directory, 'speech'));
  if (directory === undefined)
    throw refusal(
      'speech.directory',
      'is missing, and so is telephony.sounds.directory, in which it would be',
    );
  if (media !== 'freeswitch' && (sounds.directory === undefined || !isInside(sounds.directory, directory)))
    throw refusal(
      'speech.directory',
      'must be in telephony.sounds.directory, which the worker plays files from',
    );
  return new Speech(configuration, directory);
}

function isInside(outer: string, inner: string): boolean {
  const way = relative(resolve(outer), resolve(inner));
  return !way.startsWith('..') && !isAbsolute(way);
}

function refusal(path: string, message: string): OutdialError {
  const issues = [{ path, message }];
  return new OutdialError('INVALID_CONFIGURATION', `${path}: ${message}`, { issues });
}

/** Makes texts into speech, as files that the media of a call can play. What was made once is kept. */
export class Speech {
  readonly #configuration: SpeechConfiguration;
  readonly #directory: string;
  /** What is being made, by its file. */
  readonly #making = new Map<string, Promise<string>>();
  #writes = 0;

  constructor(configuration: SpeechConfiguration, directory: string) {
    this.#configuration = configuration;
    this.#directory = directory;
  }

  /** Resolves with the file of a text. Rejects with `OutdialError` `SPEECH_FAILED`. */
  async fileOf(
    text: string,
    { voice, language }: { voice?: string | undefined; language?: string | undefined },
  ): Promise<string> {
    const { voice: usualVoice, language: usualLanguage } = this.#configuration;
    const utterance = { text, voice: voice ?? usualVoice, language: language ?? usualLanguage };
    const path = join(this.#directory, `${this.#nameOf(utterance)}.wav`);
    const made = this.#making.get(path) ?? this.#find(path, utterance);
    this.#making.set(path, made);
    try {
      return await made;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new OutdialError('SPEECH_FAILED', `no speech could be made: ${reason}`, { cause: error });
    } finally {
      this.#making.delete(path);
    }
  }

  /** The way it is made is part of it: another voice of another service is another speech. */
  #nameOf(utterance: Utterance): string {
    const { command, url, sampleRate } = this.#configuration;
    return createHash('sha256')
      .update(JSON.stringify([command, url, sampleRate, utterance]))
      .digest('hex');
  }

  async #find(path: string, utterance: Utterance): Promise<string> {
    const now = new Date();
    const isThere = await utimes(path, now, now).then(
      () => true,
      () => false,
    );
    if (!isThere) await this.#make(path, utterance);
    return path;
  }

  async #make(path: string, utterance: Utterance): Promise<void> {
    const { secondsTimeout, sampleRate } = this.#configuration;
    const deadline = AbortSignal.timeout(secondsTimeout * 1000);
    const speech = await synthesize(utterance, this.#configuration, deadline).catch((error) => {
      throw deadline.aborted ? new Error(`it was not made within ${secondsTimeout} s`) : error;
    });
    const wav = toWav(speech, sampleRate);
    await mkdir(this.#directory, { recursive: true });
    const unfinished = `${path}.${randomUUID()}.part`;
    try {
      await writeFile(unfinished, wav);
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
    this.#writes += 1;
    if (this.#writes % WRITES_A_LOOK === 0) await this.#dropOldest();
  }

  async #dropOldest(): Promise<void> {
    const names = (await readdir(this.#directory)).filter((name) => name.endsWith('.wav'));
    const tooMany = names.length - this.#configuration.filesMax;
    if (tooMany <= 0) return;
    const used = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#directory, name);
        return { path, at: (await stat(path)).mtimeMs };
      }),
    );
    const oldest = used.sort((one, other) => one.at - other.at).slice(0, tooMany);
    await Promise.all(oldest.map(({ path }) => rm(path, { force: true })));
  }
}
