import type { PlayEnd } from '../api.js';
import { type Deferred, deferred } from '../async/deferred.js';
import type { EndpointLife } from './endpoint-life.js';
import type { Endpoint } from './fsmrf-types.js';

const STOPPED: PlayEnd = { outcome: 'stopped' };

/** What is playing, or waits for that. */
interface Playing {
  /** Resolving it stops it. */
  stopped: Deferred<void>;
  hasBegun: boolean;
}

/** Plays files and tones on an endpoint, one at a time. */
export class EndpointPlayer {
  readonly #endpoint: Endpoint;
  readonly #life: EndpointLife;
  #playing: Playing | null = null;

  constructor(endpoint: Endpoint, life: EndpointLife) {
    this.#endpoint = endpoint;
    this.#life = life;
  }

  get isPlaying(): boolean {
    return this.#playing !== null;
  }

  /** Begins once `mayBegin` resolves. Never rejects. */
  async play(source: string, mayBegin: Promise<void>): Promise<PlayEnd> {
    const playing: Playing = { stopped: deferred(), hasBegun: false };
    this.#playing = playing;
    const ended = Promise.race([playing.stopped.promise, this.#life.over]);
    const playback = mayBegin.then(() => {
      if (this.#playing !== playing) return STOPPED;
      playing.hasBegun = true;
      return this.#playback(source);
    });
    const end = await Promise.race([playback, ended.then(() => STOPPED)]);
    if (this.#playing === playing) this.#playing = null;
    return end;
  }

  stop(): void {
    const playing = this.#playing;
    if (playing === null) return;
    playing.stopped.resolve();
    this.#playing = null;
    // With nothing to break it would break what is played next.
    if (playing.hasBegun)
      this.#endpoint.api('uuid_break', `${this.#endpoint.uuid} all`).catch(() => undefined);
  }

  /** mod_dptools reports how playing ended in `Application-Response`. */
  async #playback(source: string): Promise<PlayEnd> {
    try {
      const event = await this.#endpoint.execute('playback', source);
      switch (event.getHeader('Application-Response')) {
        case 'FILE NOT FOUND':
          return { outcome: 'failed', message: `FreeSWITCH cannot find or open ${source}` };
        case 'PLAYBACK ERROR':
          return { outcome: 'failed', message: `FreeSWITCH cannot play ${source}` };
        default:
          return { outcome: 'finished' };
      }
    } catch (error) {
      return { outcome: 'failed', message: (error as Error).message };
    }
  }
}
