import type { FieldIssue } from '@outdial/contract';
import type { Logger } from 'pino';
import type { ServerStatus } from '../api.js';
import type { TelephonyConfiguration } from '../configuration.js';
import type { DrachtioServer } from '../drachtio/drachtio-server.js';
import type { Media } from '../media/media.js';
import type { MediaMaker, MediaNeeds } from '../media/media-maker.js';
import { objectionsToBots } from '../media/objection.js';
import { AudioForkServer } from './audio-fork-server.js';
import type { BotContext } from './endpoint-bots.js';
import { EndpointMedia } from './endpoint-media.js';
import { FreeswitchPool } from './freeswitch-pool.js';
import type { FreeswitchServer } from './freeswitch-server.js';

/** Makes media of FreeSWITCH endpoints, whose audio comes back by forks. */
export class EndpointMediaMaker implements MediaMaker {
  readonly #pool: FreeswitchPool;
  readonly #forks: AudioForkServer;
  readonly #bots: BotContext;
  readonly #streams: TelephonyConfiguration['streams'];

  constructor(configuration: TelephonyConfiguration, logger: Logger) {
    this.#pool = new FreeswitchPool(configuration, logger);
    this.#forks = new AudioForkServer(configuration.audioFork, logger);
    const { accountSid, ...limits } = configuration.streams;
    this.#bots = { accountSid, logger, limits };
    this.#streams = configuration.streams;
  }

  /** Starts connecting, and keeps trying. Rejects only when the audio fork's address cannot be listened on. */
  async start(): Promise<void> {
    await this.#forks.listen();
    this.#pool.start();
  }

  get isReady(): boolean {
    return this.#pool.isReady;
  }

  ready(signal?: AbortSignal): Promise<void> {
    return this.#pool.ready(signal);
  }

  /** Whether it can play a source is known to FreeSWITCH alone. */
  objections({ hangsUpEarly, bots, demandsSrtp }: MediaNeeds): FieldIssue[] {
    const issues = objectionsToBots(bots, this.#streams);
    const problem = bots.length === 0 ? null : this.#pool.objectionToBots;
    if (problem !== null) issues.push({ path: 'onAnswered', message: problem });
    if (demandsSrtp) issues.push({ path: 'trunk', message: 'FreeSWITCH’s media have no SRTP' });
    if (hangsUpEarly)
      issues.push({ path: 'earlyMedia.hangUpOn', message: 'FreeSWITCH hears nothing before the answer' });
    return issues;
  }

  async take(drachtio: DrachtioServer, { codecs, beside, bots }: MediaNeeds): Promise<Media> {
    const only = beside instanceof EndpointMedia ? beside.pool : undefined;
    const { pool, pooled } = await this.#pool.take(drachtio, { only, forBots: bots.length > 0 });
    try {
      return new EndpointMedia(pool, pooled, this.#forks, this.#bots, codecs);
    } catch (error) {
      await pool.giveBack(pooled);
      throw error;
    }
  }

  /** The server at `host:port`, if it is one of ours. */
  at(address: string): FreeswitchServer | undefined {
    return this.#pool.at(address);
  }

  /** See `FreeswitchPool.takeLosses`. */
  takeLosses(): number {
    return this.#pool.takeLosses();
  }

  statuses(): ServerStatus[] {
    return this.#pool.statuses();
  }

  /** Destroys the idle endpoints and closes every connection. */
  async close(): Promise<void> {
    await this.#pool.close();
    await this.#forks.close();
  }
}
