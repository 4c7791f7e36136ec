import { type FieldIssue, OutdialError } from '@outdial/contract';
import { checkSource, MediaEngine, MediaError, type MediaSession, type StreamLimits } from '@outdial/media';
import type { Logger } from 'pino';
import { hostOf } from '../addresses.js';
import type { MediaThreadLoad } from '../api.js';
import type { TelephonyConfiguration } from '../configuration.js';
import type { DrachtioServer } from '../drachtio/drachtio-server.js';
import { isWorkerCodec } from '../sdp/worker-description.js';
import type { Media } from './media.js';
import type { MediaMaker, MediaNeeds } from './media-maker.js';
import { objection, objectionsToBots } from './objection.js';
import { type RtpAddresses, rtpAddresses } from './rtp-addresses.js';
import { WorkerMedia, type WorkerMediaContext } from './worker-media.js';

/** How long our address on the route to a host is taken for the same. */
const ADDRESSES_AGE_MS = 30_000;
/** So many are remembered. */
const WAYS_MAX = 1000;
const LOOPBACK = '127.0.0.1';

/** Makes media of the worker's own: a session in one of its media threads, which costs two sockets. */
export class WorkerMediaMaker implements MediaMaker {
  readonly #rtp: TelephonyConfiguration['rtp'];
  readonly #playable: Parameters<typeof checkSource>[1];
  readonly #engine: MediaEngine;
  readonly #context: WorkerMediaContext;
  readonly #streams: Pick<StreamLimits, 'allowedHosts'>;
  /** Those of calls through each drachtio server to each host, and when they were found. */
  readonly #addresses = new Map<string, { addresses: RtpAddresses; foundAt: number }>();

  constructor({ rtp, sounds, streams }: TelephonyConfiguration, logger: Logger, threadEntry?: URL) {
    const [min, max] = rtp.ports;
    const { accountSid, ...limits } = streams;
    this.#streams = limits;
    this.#context = { accountSid, logger };
    this.#rtp = rtp;
    this.#playable = { directory: sounds.directory ?? null, allowedHosts: sounds.allowedHosts };
    this.#engine = new MediaEngine({
      // Each session is given its own addresses.
      listenHost: LOOPBACK,
      ports: { min, max },
      ...(rtp.threads === undefined ? {} : { threads: rtp.threads }),
      ...(threadEntry === undefined ? {} : { threadEntry }),
      sources: this.#playable,
      streams: limits,
    });
    this.#engine.on('threadLost', (failure) =>
      logger.error(failure, 'media thread lost; its calls are ended, and another thread takes its place'),
    );
  }

  /** Starts the media threads. */
  start(): Promise<void> {
    return this.#engine.start();
  }

  /** A thread that was lost is replaced at once. */
  readonly isReady = true;

  async ready(): Promise<void> {}

  objections({ sources, bots }: MediaNeeds): FieldIssue[] {
    return [
      ...sources.flatMap((source) =>
        objection('the worker cannot play it', source, () => checkSource(source, this.#playable)),
      ),
      ...objectionsToBots(bots, this.#streams),
    ];
  }

  async take(drachtio: DrachtioServer, { codecs, target, beside }: MediaNeeds): Promise<WorkerMedia> {
    const known = codecs.filter(isWorkerCodec);
    if (known.length === 0) {
      const message = 'the worker offers none of them (it has g711a and g711u)';
      const issues = [{ path: 'codecs', message, value: codecs.join(';') }];
      throw new OutdialError('NO_CODEC', `the worker's media offers none of ${codecs.join(', ')}`, {
        issues,
      });
    }
    return new WorkerMedia(await this.#open(drachtio, target, beside), known, this.#context);
  }

  /** How busy the media threads are, and how late each was since this was last asked. */
  threads(): MediaThreadLoad[] {
    return this.#engine.load().map(({ sessions, latestMs }) => ({ sessions, lateMs: latestMs }));
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  async #open(drachtio: DrachtioServer, target: string, beside: Media | null): Promise<MediaSession> {
    try {
      const addresses = await this.#addressesFor(drachtio, target);
      return await this.#engine.open(
        beside instanceof WorkerMedia ? { ...addresses, beside: beside.session } : addresses,
      );
    } catch (error) {
      const code = error instanceof MediaError ? ` (${error.code})` : '';
      throw new OutdialError('NO_MEDIA', `no RTP port can be opened: ${(error as Error).message}${code}`, {
        retryable: true,
        cause: error,
      });
    }
  }

  async #addressesFor({ address, host, port }: DrachtioServer, target: string): Promise<RtpAddresses> {
    const way = `${address} ${hostOf(target)}`;
    const known = this.#addresses.get(way);
    const now = performance.now();
    if (known !== undefined && now - known.foundAt < ADDRESSES_AGE_MS) return known.addresses;
    const addresses = await rtpAddresses(this.#rtp, { host, port }, target);
    // Jobs may name hosts of their own.
    if (this.#addresses.size >= WAYS_MAX) this.#addresses.clear();
    this.#addresses.set(way, { addresses, foundAt: now });
    return addresses;
  }
}
