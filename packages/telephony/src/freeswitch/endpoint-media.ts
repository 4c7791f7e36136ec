import { setTimeout as delay } from 'node:timers/promises';
import type { CodecName } from '@outdial/contract';
import type {
  AudioFrames,
  Bot,
  BotOptions,
  DigitTiming,
  LegRecording,
  PlayEnd,
  RecordedSides,
  SendEnd,
} from '../api.js';
import { withTimeout } from '../async/with-timeout.js';
import type { Media } from '../media/media.js';
import { hasTelephoneEvents } from '../sdp/audio-line.js';
import { offerInOrder } from '../sdp/endpoint-offer.js';
import { isHold } from '../sdp/hold.js';
import type { AudioForkServer } from './audio-fork-server.js';
import { type BotContext, EndpointBots } from './endpoint-bots.js';
import { bridgeEndpoints, unbridgeEndpoint } from './endpoint-bridge.js';
import { EndpointForks } from './endpoint-forks.js';
import { EndpointLife } from './endpoint-life.js';
import { EndpointPlayer } from './endpoint-player.js';
import type { EndpointPool, PooledEndpoint } from './endpoint-pool.js';
import type { Endpoint } from './fsmrf-types.js';

const CONNECT_WITHIN_MS = 5000;

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
  readonly #bots: EndpointBots;
  readonly #player: EndpointPlayer;
  readonly #life = new EndpointLife();
  #isUsed = false;
  #findsDigits = false;
  #isLost = false;
  readonly #stopWatchingDrachtio: () => void;
  readonly #takeDigit = ({ dtmf }: { dtmf: string }): void => this.#onDigit(dtmf);
  #onDigit: (digit: string) => void = () => undefined;
  /** Keys that are being sent. */
  #keys = 0;
  /** FreeSWITCH goes on by itself, and sends nothing of it. */
  #isOnHold = false;
  /** Whom the callee is bridged with. */
  #bridged: EndpointMedia | null = null;
  /** Settles once no bridge begins or ends: it can play, and may be ended, only then. Never rejects. */
  #changing: Promise<void> = Promise.resolve();
  #released: Promise<void> | null = null;

  /** Throws NO_CODEC when the endpoint offers none of `codecs`; the caller then keeps the endpoint. */
  constructor(
    pool: EndpointPool,
    pooled: PooledEndpoint,
    forks: AudioForkServer,
    bots: BotContext,
    codecs: readonly CodecName[],
  ) {
    this.offer = offerInOrder(pooled.endpoint.local.sdp, codecs);
    this.server = pool.freeswitch.address;
    this.endpointUuid = pooled.endpoint.uuid;
    this.pool = pool;
    this.#pooled = pooled;
    this.#endpoint = pooled.endpoint;
    this.#forks = new EndpointForks(pooled.endpoint, pool.freeswitch, forks, this.#life);
    this.#player = new EndpointPlayer(pooled.endpoint, this.#life);
    const isYielding = () =>
      this.#player.isPlaying || this.#keys > 0 || this.#bridged !== null || this.#isOnHold;
    this.#bots = new EndpointBots(this.#forks, isYielding, bots);
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
    this.#isOnHold = isHold(remoteSdp);
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

  play(source: string): Promise<PlayEnd> {
    return this.#player.play(source, this.#changing);
  }

  stopPlaying(): void {
    this.#player.stop();
  }

  async bridge(other: Media): Promise<void> {
    if (!(other instanceof EndpointMedia) || other.pool !== this.pool)
      throw new Error('media of another maker, or of another FreeSWITCH, cannot be bridged with');
    const bridging = Promise.all([this.#changing, other.#changing]).then(async () => {
      if (this.#released !== null || other.#released !== null) throw new Error('one of the calls is over');
      this.#pooled.outlivesSocket = true;
      other.#pooled.outlivesSocket = true;
      await bridgeEndpoints(this.#endpoint, other.#endpoint);
      this.#bridged = other;
      other.#bridged = this;
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
    this.#changing = this.#changing
      .then(() => unbridgeEndpoint(this.#endpoint))
      .catch(() => undefined)
      .then(() => this.#comeApart());
  }

  #comeApart(): void {
    if (this.#bridged !== null) this.#bridged.#bridged = null;
    this.#bridged = null;
  }

  /** FreeSWITCH queues the key and answers at once, without a word; the time that it takes is kept here. */
  async sendDigit(digit: string, { durationMs, gapMs }: DigitTiming): Promise<SendEnd> {
    this.#keys += 1;
    try {
      const key = `${this.endpointUuid} ${digit}@${durationMs}`;
      await this.#life.untilOver(this.#endpoint.api('uuid_send_dtmf', key));
      await this.#life.untilOver(delay(durationMs + gapMs));
      return { outcome: 'finished' };
    } catch {
      return { outcome: 'stopped' };
    } finally {
      this.#keys -= 1;
    }
  }

  onDigit(listener: (digit: string) => void): void {
    this.#onDigit = listener;
  }

  openBot(options: BotOptions, callSid: string): Bot {
    return this.#bots.open(options, callSid, this.pool.freeswitch.objectionToBots);
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
    this.#comeApart();
    this.#bots.close();
    const forksClosed = this.#forks.close();
    if (!this.#isUsed) return this.pool.giveBack(this.#pooled);
    await Promise.all([this.#changing, forksClosed]);
    return this.pool.destroy(this.#pooled);
  }
}
