import { describeIssues, type FieldIssue, OutdialError } from '@outdial/contract';
import type { Logger } from 'pino';
import type { MediaLoad, ServerStatus } from '../api.js';
import type { TelephonyConfiguration } from '../configuration.js';
import type { DrachtioServer } from '../drachtio/drachtio-server.js';
import { EndpointMediaMaker } from '../freeswitch/endpoint-media-maker.js';
import type { FreeswitchServer } from '../freeswitch/freeswitch-server.js';
import { isWorkerCodec } from '../sdp/worker-description.js';
import type { Media } from './media.js';
import type { MediaMaker, MediaNeeds } from './media-maker.js';
import { WorkerMediaMaker } from './worker-media-maker.js';

/** The makers of media that the configuration asks for, and which of them makes a dial's. */
export class MediaMakers {
  readonly #endpoints: EndpointMediaMaker | null;
  readonly #worker: WorkerMediaMaker | null;

  constructor(configuration: TelephonyConfiguration, logger: Logger, mediaThread?: URL) {
    const { media, freeswitch } = configuration;
    const usesFreeswitch = media === 'freeswitch' || (media === 'auto' && freeswitch.length > 0);
    this.#endpoints = usesFreeswitch ? new EndpointMediaMaker(configuration, logger) : null;
    this.#worker = media === 'freeswitch' ? null : new WorkerMediaMaker(configuration, logger, mediaThread);
  }

  /** Rejects when a local address cannot be listened on, or a media thread does not come up. */
  async start(): Promise<void> {
    await this.#worker?.start();
    await this.#endpoints?.start();
  }

  /** The worker's own media is always ready; FreeSWITCH when a server answers. */
  get isReady(): boolean {
    return this.#worker !== null || (this.#endpoints?.isReady ?? false);
  }

  /** Resolves as soon as media can be had, or when the signal aborts. */
  async ready(signal?: AbortSignal): Promise<void> {
    if (!this.isReady) await this.#endpoints?.ready(signal);
  }

  /** See `MediaMaker.take`. Throws UNSUPPORTED_BY_MEDIA when no maker can do all that is needed. */
  async take(drachtio: DrachtioServer, needs: MediaNeeds): Promise<Media> {
    return this.#makerFor(needs).take(drachtio, needs);
  }

  #makerOf({ server }: Media): MediaMaker {
    const maker = server === null ? this.#worker : this.#endpoints;
    if (maker === null) throw new OutdialError('INTERNAL', 'media that no maker has made');
    return maker;
  }

  /** The FreeSWITCH server at `host:port`, if it is one that is used here. */
  freeswitchAt(address: string): FreeswitchServer | undefined {
    return this.#endpoints?.at(address);
  }

  /** See `Telephony.takeMediaLoad`. */
  takeLoad(): MediaLoad {
    return { threads: this.#worker?.threads() ?? [], losses: this.#endpoints?.takeLosses() ?? 0 };
  }

  /** Of the FreeSWITCH servers. */
  statuses(): ServerStatus[] {
    return this.#endpoints?.statuses() ?? [];
  }

  /** Does not end legs that are up: hang up first. */
  async close(): Promise<void> {
    await this.#endpoints?.close();
    await this.#worker?.close();
  }

  /** The worker's own first where it knows all of the codecs, or SRTP is demanded, else FreeSWITCH's. */
  #preferred({ demandsSrtp, codecs }: MediaNeeds): MediaMaker[] {
    const makers =
      demandsSrtp || codecs.every(isWorkerCodec)
        ? [this.#worker, this.#endpoints]
        : [this.#endpoints, this.#worker];
    return makers.filter((maker) => maker !== null);
  }

  /** The first that can do all that is needed; beside a leg it can only be who has made that one's. */
  #makerFor(needs: MediaNeeds): MediaMaker {
    const makers = needs.beside === null ? this.#preferred(needs) : [this.#makerOf(needs.beside)];
    const issues: FieldIssue[] = [];
    for (const maker of makers) {
      const objections = maker.objections(needs);
      if (objections.length === 0) return maker;
      issues.push(...objections);
    }
    if (issues.length === 0) throw new OutdialError('INTERNAL', 'the configuration has no maker of media');
    const message = `no maker of media can do what the job asks for: ${describeIssues(issues)}`;
    throw new OutdialError('UNSUPPORTED_BY_MEDIA', message, { issues });
  }
}
