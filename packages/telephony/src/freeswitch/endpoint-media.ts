import { setTimeout as delay } from 'node:timers/promises';
import type { CodecName } from '@outdial/contract';
import type { AudioFrames, DigitTiming, LegRecording, PlayEnd, RecordedSides, SendEnd } from '../api.js';
import { type Deferred, deferred } from '../async/deferred.js';
import { withTimeout } from '../async/with-timeout.js';
import type { Media } from '../media/media.js';
import { hasTelephoneEvents } from '../sdp/audio-line.js';
import { offerInOrder } from '../sdp/endpoint-offer.js';
import type { AudioForkServer } from './audio-fork-server.js';
import { bridgeEndpoints, unbridgeEndpoint } from './endpoint-bridge.js';
import { EndpointForks } from './endpoint-forks.js';
import { EndpointLife } from './endpoint-life.js';
import type { EndpointPool, PooledEndpoint } from './endpoint-pool.js';
import type { Endpoint } from './fsmrf-types.js';

const CONNECT_WITHIN_MS = 5000;
const STOPPED: PlayEnd = { outcome: 'stopped' };

/** What is playing, or waits for that. */
interface Playing {
  /** Resolving it stops it. */
  stopped: Deferred<void>;
  hasBegun: boolean;
}

/** Media from a FreeSWITCH endpoint of the pool, which is reserved before the dial and makes the offer. */
export class EndpointMedia implements Media {
  readonly offer: string;
  readonly server: string;
  readonly endpointUuid: string;
  /** Connecting an endpoint costs FreeSWITCH as much as an answered call. */
  readonly hearsEarlyMedia = false;
  readonly hearing: AudioFrames = {
    gives: 'frames',
    listen: (onFrame, onStopped = () => undefined, onLost = () => undefined) =>
      this.#forks.listen(onFrame, onStopped, onLost),
    stopListening: () => this.#forks.stopListening(),
    measure: (seconds, onHeard) => this.#forks.measure(seconds, onHeard),
  };
  /** Where it lives: media that is to be bridged with it comes from there. */
  readonly pool: EndpointPool;
  readonly #pooled: PooledEndpoint;
  readonly #endpoint: Endpoint;
  readonly #forks: EndpointForks;
  readonly #life = new EndpointLife();
  #isUsed = false;
  #findsDigits = false;
  #isLost = false;
  readonly #stopWatchingDrachtio: () => void;
  readonly #takeDigit = ({ dtmf }: { dtmf: string }): void => this.#onDigit(dtmf);
  #onDigit: (digit: string) => void = () => undefined;
  #playing: Playing | null = null;
  /** Settles once no bridge begins or ends: it can play, and may be ended, only then. Never rejects. */
  #changing: Promise<void> = Promise.resolve();
  #released: Promise<void> | null = null;

  /** Throws NO_CODEC when the endpoint offers none of `codecs`; the caller then keeps the endpoint. */
  constructor(
    pool: EndpointPool,
    pooled: PooledEndpoint,
    forks: AudioForkServer,
    codecs: readonly CodecName[],
  ) {
    this.offer = offerInOrder(pooled.endpoint.local.sdp, codecs);
    this.server = pool.freeswitch.address;
    this.endpointUuid = pooled.endpoint.uuid;
    this.pool = pool;
    this.#pooled = pooled;
    this.#endpoint = pooled.endpoint;
    this.#forks = new EndpointForks(pooled.endpoint, pool.freeswitch, forks, this.#life);
    // Its dialog is lost with drachtio's connection for good.
    this.#stopWatchingDrachtio = pooled.drachtio.onLost(() => {
      this.#isLost = true;
    });
    this.onLost(() => undefined);
    this.#endpoint.on('dtmf', this.#takeDigit);
  }

  /** FreeSWITCH's channel decides on SRTP when it is made, before the trunk is known: its audio is plain. */
  protect(): void {}

  get isLost(): boolean {
    return this.#isLost || !this.#endpoint.connected;
  }

  markUsed(): void {
    this.#isUsed = true;
  }

  answered(): void {
    this.#isUsed = true;
  }

  async connect(remoteSdp: string): Promise<string> {
    this.#isUsed = true;
    const modifying = this.#life.untilOver(this.#endpoint.modify(remoteSdp));
    const answer = await withTimeout(modifying, CONNECT_WITHIN_MS, 'connecting media');
    this.#life.noteConnected();
    if (!hasTelephoneEvents(remoteSdp)) this.#findDigitsInAudio();
    return answer;
  }

  /** Of a callee that sends keys as tones. A second `start_dtmf` would find each key twice. */
  #findDigitsInAudio(): void {
    if (this.#released !== null || this.#findsDigits) return;
    this.#findsDigits = true;
    this.#endpoint.execute('start_dtmf', '').catch(() => undefined);
    // In a bridge the tone itself is heard: an event beside it would be the same key once more.
    this.#endpoint.api('uuid_setvar', `${this.endpointUuid} bridge_filter_dtmf true`).catch(() => undefined);
  }

  record(path: string, sides: RecordedSides): Promise<LegRecording | { problem: string }> {
    return this.#forks.record(path, sides);
  }

  async play(source: string): Promise<PlayEnd> {
    const playing: Playing = { stopped: deferred(), hasBegun: false };
    this.#playing = playing;
    const ended = Promise.race([playing.stopped.promise, this.#life.over]);
    const playback = this.#changing.then(() => {
      if (this.#playing !== playing) return STOPPED;
      playing.hasBegun = true;
      return this.#playback(source);
    });
    const end = await Promise.race([playback, ended.then(() => STOPPED)]);
    if (this.#playing === playing) this.#playing = null;
    return end;
  }

  stopPlaying(): void {
    const playing = this.#playing;
    if (playing === null) return;
    playing.stopped.resolve();
    this.#playing = null;
    // With nothing to break it would break what is played next.
    if (playing.hasBegun) this.#endpoint.api('uuid_break', `${this.endpointUuid} all`).catch(() => undefined);
  }

  async bridge(other: Media): Promise<void> {
    if (!(other instanceof EndpointMedia) || other.pool !== this.pool)
      throw new Error('media of another maker, or of another FreeSWITCH, cannot be bridged with');
    const bridging = Promise.all([this.#changing, other.#changing]).then(async () => {
      if (this.#released !== null || other.#released !== null) throw new Error('one of the calls is over');
      this.#pooled.outlivesSocket = true;
      other.#pooled.outlivesSocket = true;
      await bridgeEndpoints(this.#endpoint, other.#endpoint);
    });
    this.#changing = bridging.catch(() => undefined);
    other.#changing = this.#changing;
    try {
      await bridging;
    } catch (error) {
      // Whatever has become of it: the call goes on without.
      this.unbridge();
      throw error;
    }
  }

  unbridge(): void {
    if (this.#released !== null) return;
    this.#changing = this.#changing.then(() => unbridgeEndpoint(this.#endpoint)).catch(() => undefined);
  }

  /** FreeSWITCH queues the key and answers at once, without a word; the time that it takes is kept here. */
  async sendDigit(digit: string, { durationMs, gapMs }: DigitTiming): Promise<SendEnd> {
    try {
      const key = `${this.endpointUuid} ${digit}@${durationMs}`;
      await this.#life.untilOver(this.#endpoint.api('uuid_send_dtmf', key));
      await this.#life.untilOver(delay(durationMs + gapMs));
      return { outcome: 'finished' };
    } catch {
      return STOPPED;
    }
  }

  onDigit(listener: (digit: string) => void): void {
    this.#onDigit = listener;
  }

  openBot(): null {
    return null;
  }

  async packetsReceived(): Promise<number | null> {
    try {
      await this.#life.untilOver(this.#endpoint.api('uuid_set_media_stats', this.endpointUuid));
      const counting = this.#endpoint.api('uuid_getvar', `${this.endpointUuid} rtp_audio_in_packet_count`);
      const count = Number.parseInt((await this.#life.untilOver(counting)).getBody(), 10);
      return Number.isNaN(count) ? null : count;
    } catch {
      return null;
    }
  }

  earlyMedia(): Promise<null> {
    return Promise.resolve(null);
  }

  quality(): Promise<null> {
    return Promise.resolve(null);
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

  onLost(listener: () => void): void {
    this.#pooled.onLost = () => {
      this.#isLost = true;
      this.#life.end();
      listener();
    };
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    this.#stopWatchingDrachtio();
    this.#endpoint.off('dtmf', this.#takeDigit);
    this.#life.end();
    this.#forks.close();
    if (!this.#isUsed) return this.pool.giveBack(this.#pooled);
    await this.#changing;
    return this.pool.destroy(this.#pooled);
  }
}
