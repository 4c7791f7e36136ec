import { setTimeout as delay } from 'node:timers/promises';
import type { HeardPeaks } from '@outdial/contract';
import type { LegRecording, ListenResult, OnFrame, RecordedSides } from '../api.js';
import { deferred } from '../async/deferred.js';
import { withTimeout } from '../async/with-timeout.js';
import type { AudioForkServer, ForkReceiver } from './audio-fork-server.js';
import type { EndpointLife } from './endpoint-life.js';
import { FrameMeter } from './frame-meter.js';
import { recordFrames } from './frame-recorder.js';
import { FORK_EVENTS, type FreeswitchServer } from './freeswitch-server.js';
import type { Endpoint } from './fsmrf-types.js';
import { RenewableFork } from './renewable-fork.js';

const [, FORK_FAILED, FORK_OVERRUN] = FORK_EVENTS;
const FORK_NAME = 'outdial';
const FORK_WITHIN_MS = 5000;
/** An endpoint is ended after so long at most, whether or not FreeSWITCH has let go of the forks that played back. */
const LET_GO_WITHIN_MS = 250;
/** 16-bit samples at 8 kHz are played as they come. */
const PLAYS_BACK = { enabled: 'true', streaming: 'true', sampleRate: '8000' };

/** A fork to be started. */
interface Fork {
  bugname: string;
  sides: RecordedSides;
  /** What is sent to it is played to the callee: the module's two-way mode. */
  playsBack?: boolean;
  onFrame: OnFrame;
  onStopped: (message: string) => void;
  /** Asked once the media is connected, which may take a while. */
  isWanted?: () => boolean;
}

/** A fork that runs. */
export interface RunningFork {
  /** Sends it samples to be played, where it plays back. */
  send(pcm: Int16Array): void;
  end(): void;
}

/**
 * The audio forks of one call's endpoint: for listening to the callee, for recordings, and for voice bots. A bridge leaves them as they
 * are.
 */
export class EndpointForks {
  readonly #endpoint: Endpoint;
  readonly #freeswitch: FreeswitchServer;
  readonly #server: AudioForkServer;
  readonly #life: EndpointLife;
  readonly #receivers = new Set<ForkReceiver>();
  /** Of these, and of those before, the ones that are sent audio. */
  readonly #playingBack = new WeakSet<ForkReceiver>();
  /** Of these, the one that the callee is listened to by. */
  #listening: RunningFork | null = null;
  /** Counts what was started and stopped: listening that waits for its media may have been stopped meanwhile. */
  #listenings = 0;
  /** Names those of which there may be several. */
  #started = 0;
  /** Those of recordings that have both sides. */
  readonly #recorded = new Set<RenewableFork>();
  #isClosed = false;
  #meter: FrameMeter | null = null;
  #onAudioLost: () => void = () => undefined;
  readonly #noteLostAudio = (): void => {
    this.#freeswitch.noteLostAudio();
    this.#onAudioLost();
  };

  constructor(endpoint: Endpoint, freeswitch: FreeswitchServer, server: AudioForkServer, life: EndpointLife) {
    this.#endpoint = endpoint;
    this.#freeswitch = freeswitch;
    this.#server = server;
    this.#life = life;
    endpoint.on(FORK_OVERRUN, this.#noteLostAudio);
  }

  /** See `AudioFrames.listen`. */
  async listen(
    onFrame: OnFrame,
    onStopped: (message: string) => void,
    onLost: () => void,
  ): Promise<ListenResult> {
    // The endpoint of an ended call may already serve another.
    if (this.#isClosed) return { listening: false, message: 'the call is over' };
    this.stopListening();
    this.#onAudioLost = onLost;
    const listening = ++this.#listenings;
    const isWanted = () => listening === this.#listenings;
    const take: OnFrame = (pcm) => {
      this.#meter?.frame(pcm);
      onFrame(pcm);
    };
    const bugname = this.#name('listening');
    const fork = await this.#start({ bugname, sides: 'callee', onFrame: take, onStopped, isWanted });
    if ('problem' in fork) return { listening: false, message: fork.problem };
    if (!isWanted()) {
      fork.end();
      return { listening: false, message: 'it was stopped first' };
    }
    this.#listening = fork;
    return { listening: true };
  }

  stopListening(): void {
    this.#listenings += 1;
    this.#onAudioLost = () => undefined;
    this.#listening?.end();
    this.#listening = null;
  }

  /** See `AudioFrames.measure`. */
  measure(seconds: number, onHeard: (heard: HeardPeaks) => void): void {
    this.#meter = new FrameMeter(seconds, onHeard);
  }

  /** See `Leg.record`. */
  async record(path: string, sides: RecordedSides): Promise<LegRecording | { problem: string }> {
    const recording = await recordFrames(path, sides, async (onFrame) => {
      const fork = new RenewableFork(onFrame, (take) =>
        this.#start({ bugname: this.#name('recording'), sides, onFrame: take, onStopped: () => undefined }),
      );
      const problem = await fork.open();
      if (problem !== null) return { problem };
      if (sides === 'both') this.#recorded.add(fork);
      return {
        close: () => {
          this.#recorded.delete(fork);
          fork.close();
        },
      };
    });
    if ('ended' in recording) void this.#life.over.then(() => recording.stop());
    return recording;
  }

  /**
   * A fork of the callee that plays to the callee what it is sent. A fork gets what was played by those that were started before it
   * alone, so those of recordings are begun anew.
   */
  async talk(
    onFrame: OnFrame,
    onStopped: (message: string) => void,
  ): Promise<RunningFork | { problem: string }> {
    const bugname = this.#name('bot');
    const fork = await this.#start({ bugname, sides: 'callee', playsBack: true, onFrame, onStopped });
    if (!('problem' in fork)) for (const recorded of this.#recorded) void recorded.renew();
    return fork;
  }

  /**
   * The endpoint is given back. Resolves once it may be ended: mod_audio_fork frees what a fork plays from while audio for it may still
   * come, and FreeSWITCH may crash by that.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#meter?.close();
    this.#endpoint.off(FORK_OVERRUN, this.#noteLostAudio);
    const closing = [...this.#receivers].map(async (receiver) => {
      const closed = receiver.close();
      if (this.#playingBack.has(receiver)) await closed;
    });
    this.#receivers.clear();
    this.#listening = null;
    await Promise.race([Promise.all(closing), delay(LET_GO_WITHIN_MS, undefined, { ref: false })]);
  }

  #name(what: string): string {
    this.#started += 1;
    return `${FORK_NAME}-${what}-${this.#started}`;
  }

  /** A channel may have several forks, by their names. */
  async #start(fork: Fork): Promise<RunningFork | { problem: string }> {
    const { bugname, sides, onFrame, onStopped, isWanted = () => true } = fork;
    if (this.#isClosed) return { problem: 'the call is over' };
    const ownAddress = this.#freeswitch.ownAddress ?? '127.0.0.1';
    try {
      // A fork on a channel that has no codec yet can crash FreeSWITCH (start_capture of mod_audio_fork).
      await this.#life.connected();
      if (!isWanted()) return { problem: 'it was stopped first' };
      await this.#server.listenOn(ownAddress);
    } catch (error) {
      return { problem: (error as Error).message };
    }
    const started = deferred<void>();
    const channels = sides === 'both' ? 2 : 1;
    const onStarted = () => started.resolve();
    const receiver = this.#server.receive(ownAddress, { channels, onFrame, onStarted, onStopped });
    this.#receivers.add(receiver);
    if (fork.playsBack) this.#playingBack.add(receiver);
    // Starting succeeds even with a dead URL; the failure comes as a separate event.
    const onFailed = () => started.reject(new Error('FreeSWITCH could not connect to the audio fork server'));
    this.#endpoint.once(FORK_FAILED, onFailed);
    try {
      // Without a name, stopping it fails.
      const starting = this.#endpoint.forkAudioStart({
        ...{ wsUrl: receiver.url, mixType: channels === 2 ? 'stereo' : 'mono', sampling: '8000' },
        bugname,
        ...(fork.playsBack ? { bidirectionalAudio: PLAYS_BACK } : {}),
      });
      const both = Promise.all([starting, started.promise]);
      await withTimeout(this.#life.untilOver(both), FORK_WITHIN_MS, 'starting the audio fork');
      return { send: (pcm) => receiver.send(pcm), end: () => this.#end(receiver, bugname) };
    } catch (error) {
      this.#end(receiver, bugname);
      return { problem: (error as Error).message };
    } finally {
      this.#endpoint.off(FORK_FAILED, onFailed);
    }
  }

  /** FreeSWITCH keeps a fork whose connection was closed until it is stopped; before that it is not to be stopped: see `close`. */
  #end(receiver: ForkReceiver, bugname: string): void {
    const stop = () => {
      this.#receivers.delete(receiver);
      if (!this.#isClosed) this.#endpoint.forkAudioStop(bugname).catch(() => undefined);
    };
    void receiver.close().then(stop);
  }
}
