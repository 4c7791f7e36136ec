import { setTimeout as delay } from 'node:timers/promises';
import type { CodecName } from '@outdial/contract';
import type {
  AudioFrames,
  DigitTiming,
  LegRecording,
  ListenResult,
  OnFrame,
  PlayEnd,
  RecordedSides,
  SendEnd,
} from '../api.js';
import { type Deferred, deferred } from '../async/deferred.js';
import { withTimeout } from '../async/with-timeout.js';
import type { Media } from '../media/media.js';
import { hasTelephoneEvents } from '../sdp/audio-line.js';
import { offerInOrder } from '../sdp/endpoint-offer.js';
import type { AudioForkServer, ForkReceiver } from './audio-fork-server.js';
import type { EndpointPool, PooledEndpoint } from './endpoint-pool.js';
import { recordFrames } from './frame-recorder.js';
import { FORK_EVENTS } from './freeswitch-server.js';
import type { Endpoint } from './fsmrf-types.js';

const [, FORK_FAILED, FORK_OVERRUN] = FORK_EVENTS;
const FORK_NAME = 'outdial';
const CONNECT_WITHIN_MS = 5000;
const FORK_WITHIN_MS = 5000;

/** A fork to be started. */
interface Fork {
  bugname: string;
  sides: RecordedSides;
  onFrame: OnFrame;
  onStopped: (message: string) => void;
  /** Asked once the media is connected, which may take a while. */
  isWanted: () => boolean;
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
      this.#listen(onFrame, onStopped, onLost),
    stopListening: () => this.#stopListening(),
  };
  readonly #pool: EndpointPool;
  readonly #pooled: PooledEndpoint;
  readonly #endpoint: Endpoint;
  readonly #forks: AudioForkServer;
  /** Resolves when the endpoint is lost or given back, for promises of the library that never settle. */
  readonly #over = deferred<void>();
  /** Resolves once media has been connected: the channel has its codec from then on. */
  readonly #connected = deferred<void>();
  #isUsed = false;
  #findsDigits = false;
  #isLost = false;
  readonly #stopWatchingDrachtio: () => void;
  readonly #takeDigit = ({ dtmf }: { dtmf: string }): void => this.#onDigit(dtmf);
  #onDigit: (digit: string) => void = () => undefined;
  readonly #receivers = new Set<ForkReceiver>();
  /** Of these, the one that the callee is listened to by. */
  #receiver: ForkReceiver | null = null;
  /** Counts what was started and stopped: listening that waits for its media may have been stopped meanwhile. */
  #listenings = 0;
  /** Names their forks. */
  #recordings = 0;
  #onAudioLost: () => void = () => undefined;
  readonly #noteLostAudio = (): void => {
    this.#pool.freeswitch.noteLostAudio();
    this.#onAudioLost();
  };
  /** Resolving it stops what is playing. */
  #playing: Deferred<void> | null = null;
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
    this.#pool = pool;
    this.#pooled = pooled;
    this.#endpoint = pooled.endpoint;
    this.#forks = forks;
    // Its dialog is lost with drachtio's connection for good.
    this.#stopWatchingDrachtio = pooled.drachtio.onLost(() => {
      this.#isLost = true;
    });
    this.onLost(() => undefined);
    this.#endpoint.on('dtmf', this.#takeDigit);
    this.#endpoint.on(FORK_OVERRUN, this.#noteLostAudio);
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
    const answer = await withTimeout(
      this.#untilOver(this.#endpoint.modify(remoteSdp)),
      CONNECT_WITHIN_MS,
      'connecting media',
    );
    this.#connected.resolve();
    if (!hasTelephoneEvents(remoteSdp)) this.#findDigitsInAudio();
    return answer;
  }

  /** Of a callee that sends keys as tones. A second `start_dtmf` would find each key twice. */
  #findDigitsInAudio(): void {
    if (this.#released !== null || this.#findsDigits) return;
    this.#findsDigits = true;
    this.#endpoint.execute('start_dtmf', '').catch(() => undefined);
  }

  async #listen(
    onFrame: OnFrame,
    onStopped: (message: string) => void,
    onLost: () => void,
  ): Promise<ListenResult> {
    // The endpoint of an ended call may already serve another.
    if (this.#released !== null) return { listening: false, message: 'the call is over' };
    this.#stopListening();
    this.#onAudioLost = onLost;
    const listening = ++this.#listenings;
    const isWanted = () => listening === this.#listenings;
    const fork = await this.#fork({ bugname: FORK_NAME, sides: 'callee', onFrame, onStopped, isWanted });
    if ('problem' in fork) return { listening: false, message: fork.problem };
    if (!isWanted()) {
      this.#endFork(fork);
      return { listening: false, message: 'it was stopped first' };
    }
    this.#receiver = fork;
    return { listening: true };
  }

  /** Starts a fork of the audio; a channel may have several, by their names. */
  async #fork({
    bugname,
    sides,
    onFrame,
    onStopped,
    isWanted,
  }: Fork): Promise<ForkReceiver | { problem: string }> {
    if (this.#released !== null) return { problem: 'the call is over' };
    try {
      // A fork on a channel that has no codec yet can crash FreeSWITCH (start_capture of mod_audio_fork).
      await withTimeout(this.#untilOver(this.#connected.promise), CONNECT_WITHIN_MS, 'connecting media');
    } catch (error) {
      return { problem: (error as Error).message };
    }
    if (!isWanted()) return { problem: 'it was stopped first' };
    const started = deferred<void>();
    const ownAddress = this.#pool.freeswitch.ownAddress ?? '127.0.0.1';
    try {
      await this.#forks.listenOn(ownAddress);
    } catch (error) {
      return { problem: (error as Error).message };
    }
    const channels = sides === 'both' ? 2 : 1;
    const onStarted = () => started.resolve();
    const receiver = this.#forks.receive(ownAddress, { channels, onFrame, onStarted, onStopped });
    this.#receivers.add(receiver);
    // Starting succeeds even with a dead URL; the failure comes as a separate event.
    const onFailed = () => started.reject(new Error('FreeSWITCH could not connect to the audio fork server'));
    this.#endpoint.once(FORK_FAILED, onFailed);
    try {
      // Without a name, stopping it fails.
      const starting = this.#endpoint.forkAudioStart({
        ...{ wsUrl: receiver.url, mixType: channels === 2 ? 'stereo' : 'mono', sampling: '8000' },
        bugname,
      });
      const both = Promise.all([starting, started.promise]);
      await withTimeout(this.#untilOver(both), FORK_WITHIN_MS, 'starting the audio fork');
      return receiver;
    } catch (error) {
      this.#endFork(receiver);
      return { problem: (error as Error).message };
    } finally {
      this.#endpoint.off(FORK_FAILED, onFailed);
    }
  }

  #endFork(receiver: ForkReceiver): void {
    receiver.close();
    this.#receivers.delete(receiver);
  }

  async record(path: string, sides: RecordedSides): Promise<LegRecording | { problem: string }> {
    const bugname = `outdial-recording-${++this.#recordings}`;
    const recording = await recordFrames(path, sides, async (onFrame) => {
      const onStopped = () => undefined;
      const fork = await this.#fork({ bugname, sides, onFrame, onStopped, isWanted: () => true });
      if ('problem' in fork) return fork;
      return {
        close: () => {
          this.#endFork(fork);
          if (this.#released === null) this.#endpoint.forkAudioStop(bugname).catch(() => undefined);
        },
      };
    });
    if ('ended' in recording) void this.#over.promise.then(() => recording.stop());
    return recording;
  }

  #stopListening(): void {
    this.#listenings += 1;
    this.#onAudioLost = () => undefined;
    if (this.#receiver === null) return;
    this.#endFork(this.#receiver);
    this.#receiver = null;
    // FreeSWITCH ends the fork when its connection closes; stopping it frees the name at once.
    this.#endpoint.forkAudioStop(FORK_NAME).catch(() => undefined);
  }

  async play(source: string): Promise<PlayEnd> {
    const stopped = deferred<void>();
    this.#playing = stopped;
    const ended = Promise.race([stopped.promise, this.#over.promise]);
    const end = await Promise.race([
      this.#playback(source),
      ended.then((): PlayEnd => ({ outcome: 'stopped' })),
    ]);
    if (this.#playing === stopped) this.#playing = null;
    return end;
  }

  async bridge(): Promise<void> {
    throw new Error('FreeSWITCH bridges no agents');
  }

  unbridge(): void {}

  stopPlaying(): void {
    if (this.#playing === null) return;
    this.#playing.resolve();
    this.#playing = null;
    this.#endpoint.api('uuid_break', `${this.endpointUuid} all`).catch(() => undefined);
  }

  /** FreeSWITCH queues the key and answers at once, without a word; the time that it takes is kept here. */
  async sendDigit(digit: string, { durationMs, gapMs }: DigitTiming): Promise<SendEnd> {
    try {
      await this.#untilOver(
        this.#endpoint.api('uuid_send_dtmf', `${this.endpointUuid} ${digit}@${durationMs}`),
      );
      await this.#untilOver(delay(durationMs + gapMs));
      return { outcome: 'finished' };
    } catch {
      return { outcome: 'stopped' };
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
      await this.#untilOver(this.#endpoint.api('uuid_set_media_stats', this.endpointUuid));
      const counting = this.#endpoint.api('uuid_getvar', `${this.endpointUuid} rtp_audio_in_packet_count`);
      const count = Number.parseInt((await this.#untilOver(counting)).getBody(), 10);
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
      this.#over.resolve();
      listener();
    };
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  #release(): Promise<void> {
    this.#stopWatchingDrachtio();
    this.#endpoint.off('dtmf', this.#takeDigit);
    this.#endpoint.off(FORK_OVERRUN, this.#noteLostAudio);
    this.#over.resolve();
    for (const receiver of this.#receivers) receiver.close();
    this.#receivers.clear();
    this.#receiver = null;
    return this.#isUsed ? this.#pool.destroy(this.#pooled) : this.#pool.giveBack(this.#pooled);
  }

  #untilOver<T>(promise: Promise<T>): Promise<T> {
    const over = this.#over.promise.then(() => {
      throw new Error('the call ended first');
    });
    return Promise.race([promise, over]);
  }
}
