import type { CodecName } from '@outdial/contract';
import type { ListenResult, OnFrame } from './api.js';
import type { AudioForkServer, ForkReceiver } from './audio-fork.js';
import { deferred } from './deferred.js';
import type { EndpointPool, PooledEndpoint } from './endpoint-pool.js';
import { FORK_EVENTS } from './freeswitch-server.js';
import type { Endpoint } from './fsmrf-types.js';
import type { Media } from './media.js';
import { offerInOrder } from './sdp.js';
import { within } from './within.js';

const [, FORK_FAILED] = FORK_EVENTS;
const FORK_NAME = 'outdial';
const CONNECT_WITHIN_MS = 5000;
const FORK_WITHIN_MS = 5000;

/** Media by a FreeSWITCH endpoint from the pool, made before the dial, which also makes the offer. */
export class EndpointMedia implements Media {
  readonly offer: string;
  readonly server: string;
  readonly endpointUuid: string;
  readonly #pool: EndpointPool;
  readonly #pooled: PooledEndpoint;
  readonly #endpoint: Endpoint;
  readonly #forks: AudioForkServer;
  /** Settles when the endpoint is lost or given back, for promises of the library that never would. */
  readonly #over = deferred<void>();
  #isUsed = false;
  #isLost = false;
  readonly #forgetDrachtio: () => void;
  #receiver: ForkReceiver | null = null;
  #released: Promise<void> | null = null;

  /** Throws NO_CODEC when the endpoint offers none of `codecs`; the endpoint stays the caller's then. */
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
    // Its dialog goes with drachtio's connection, and comes back with none.
    this.#forgetDrachtio = pooled.drachtio.onLost(() => {
      this.#isLost = true;
    });
    this.onLost(() => undefined);
  }

  get isLost(): boolean {
    return this.#isLost || !this.#endpoint.connected;
  }

  markUsed(): void {
    this.#isUsed = true;
  }

  connect(remoteSdp: string): Promise<string> {
    this.#isUsed = true;
    return within(this.#untilOver(this.#endpoint.modify(remoteSdp)), CONNECT_WITHIN_MS, 'connecting media');
  }

  async listen(onFrame: OnFrame, onStopped: (message: string) => void): Promise<ListenResult> {
    this.stopListening();
    const started = deferred<void>();
    const receiver = this.#forks.receive(onFrame, () => started.resolve(), onStopped);
    this.#receiver = receiver;
    // A URL that nobody answers lets the start succeed; the failure comes as an event of its own.
    const onFailed = () => started.reject(new Error('FreeSWITCH could not connect to the audio fork server'));
    this.#endpoint.once(FORK_FAILED, onFailed);
    try {
      const starting = this.#endpoint.forkAudioStart({
        wsUrl: receiver.url,
        mixType: 'mono',
        sampling: '8000',
        // Without a name of its own, stopping it fails.
        bugname: FORK_NAME,
      });
      const both = Promise.all([starting, started.promise]);
      await within(this.#untilOver(both), FORK_WITHIN_MS, 'starting the audio fork');
      return { listening: true };
    } catch (error) {
      receiver.close();
      return { listening: false, message: (error as Error).message };
    } finally {
      this.#endpoint.off(FORK_FAILED, onFailed);
    }
  }

  stopListening(): void {
    if (this.#receiver === null) return;
    this.#receiver.close();
    this.#receiver = null;
    // FreeSWITCH ends the fork by itself when its connection closes; asking as well frees the name at once.
    this.#endpoint.forkAudioStop(FORK_NAME).catch(() => undefined);
  }

  async play(source: string): Promise<'finished' | 'stopped' | 'failed'> {
    const playing = this.#endpoint.play(source).then(
      () => 'finished' as const,
      () => 'failed' as const,
    );
    const over = this.#over.promise.then(() => 'stopped' as const);
    return Promise.race([playing, over]);
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
    this.#forgetDrachtio();
    this.#over.resolve();
    this.#receiver?.close();
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
