import { randomUUID } from 'node:crypto';
import { type CodecName, OutdialError, parseCodecs } from '@outdial/contract';
import type { Logger } from 'pino';
import type {
  DialRequest,
  LegEvent,
  LegReport,
  PreparedDial,
  ReleaseReport,
  ServerStatus,
  Whereabouts,
} from './api.js';
import { AudioForkServer } from './audio-fork.js';
import type { TelephonyConfiguration, Trunk } from './configuration.js';
import type { Credentials } from './credentials.js';
import { DrachtioPool } from './drachtio-pool.js';
import type { DrachtioServer } from './drachtio-server.js';
import { EndpointMedia } from './endpoint-media.js';
import { withExpiry } from './expiry.js';
import { FreeswitchPool } from './freeswitch-pool.js';
import { OutboundLeg } from './leg.js';
import type { Media } from './media.js';
import { assertInviteFits } from './message-limit.js';
import { fromTagOf, releaseEndpoint, releaseLeg } from './release.js';
import { HostCheck } from './resolve.js';
import { type Route, redirectTarget, routeFor } from './routing.js';

/** Dials through the configured drachtio and FreeSWITCH servers. Does and reports; decides nothing. */
export class Telephony {
  readonly #configuration: TelephonyConfiguration;
  readonly #logger: Logger;
  readonly #drachtio: DrachtioPool;
  readonly #freeswitch: FreeswitchPool;
  readonly #forks: AudioForkServer;
  readonly #hosts = new HostCheck();
  readonly #callsOnTrunk = new Map<string, number>();
  readonly #closing = new AbortController();

  private constructor(configuration: TelephonyConfiguration, logger: Logger) {
    this.#configuration = configuration;
    this.#logger = logger;
    this.#drachtio = new DrachtioPool(configuration, logger);
    this.#freeswitch = new FreeswitchPool(configuration, logger);
    this.#forks = new AudioForkServer(configuration.audioFork, logger);
  }

  /**
   * Starts connecting to every server, and keeps trying: a server that is down does not reject. Rejects only
   * when the audio fork's address cannot be listened on.
   */
  static async connect(
    configuration: TelephonyConfiguration,
    options: { logger: Logger },
  ): Promise<Telephony> {
    const telephony = new Telephony(configuration, options.logger);
    await telephony.#forks.listen();
    telephony.#drachtio.start();
    telephony.#freeswitch.start();
    return telephony;
  }

  /** Whether at least one drachtio and one FreeSWITCH answer. */
  get isReady(): boolean {
    return this.#drachtio.isReady && this.#freeswitch.isReady;
  }

  /** Resolves as soon as at least one drachtio and one FreeSWITCH answer, or when the signal aborts. */
  async ready(signal?: AbortSignal): Promise<void> {
    await Promise.all([this.#drachtio.ready(signal), this.#freeswitch.ready(signal)]);
  }

  /**
   * Finds the route and reserves a server and an endpoint; nobody is dialled yet. Throws OutdialError:
   * NO_TRUNK (retryable when the trunk is merely full), CALLER_ID_REFUSED, UNRESOLVABLE_HOST, NO_CODEC,
   * INVALID_JOB; NO_DRACHTIO and NO_FREESWITCH are retryable.
   */
  async prepare(request: DialRequest): Promise<PreparedDial> {
    const route = routeFor(request, this.#configuration);
    const codecs = parseCodecs(request.codecs ?? this.#configuration.defaultCodecs);
    await this.#hosts.assertResolvable(route.address, route.transport);
    const drachtio = this.#drachtio.leastBusy();
    const leave = this.#enter(drachtio, route.trunk);
    try {
      const media = await this.#takeMedia(drachtio, codecs);
      try {
        return this.#prepared(request, route, drachtio, media, leave);
      } catch (error) {
        await media.release();
        throw error;
      }
    } catch (error) {
      leave();
      throw error;
    }
  }

  /**
   * Ends what a lost worker left up: its leg through the drachtio it lives on, and its endpoint. Tries until it knows that
   * they are over, or the signal aborts.
   */
  async release(whereabouts: Whereabouts, signal: AbortSignal): Promise<ReleaseReport> {
    const drachtio = this.#drachtio.at(whereabouts.drachtio);
    const trunk = this.#configuration.trunks.find(({ name }) => name === whereabouts.trunk);
    const [leg, endpoint] = await Promise.all([
      drachtio === undefined
        ? ('elsewhere' as const)
        : this.#releaseLeg(whereabouts, drachtio, trunk?.credentials ?? null, signal),
      this.#releaseEndpoint(whereabouts, signal),
    ]);
    return { leg, endpoint };
  }

  /** Whether a drachtio is one of the configured ones, by the `host:port` that whereabouts have. */
  has(drachtio: string): boolean {
    return this.#drachtio.at(drachtio) !== undefined;
  }

  servers(): ServerStatus[] {
    return [...this.#drachtio.servers.map((server) => server.status()), ...this.#freeswitch.statuses()];
  }

  /** Gives everything back. Legs still up are not ended: hang up first. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#freeswitch.close();
    this.#drachtio.close();
    await this.#forks.close();
  }

  async #takeMedia(drachtio: DrachtioServer, codecs: readonly CodecName[]): Promise<Media> {
    const { pool, pooled } = await this.#freeswitch.take(drachtio);
    try {
      return new EndpointMedia(pool, pooled, this.#forks, codecs);
    } catch (error) {
      await pool.giveBack(pooled);
      throw error;
    }
  }

  async #releaseLeg(
    whereabouts: Whereabouts,
    drachtio: DrachtioServer,
    credentials: Credentials | null,
    signal: AbortSignal,
  ): Promise<LegReport> {
    const report = await releaseLeg(whereabouts, drachtio, credentials, signal);
    // It counts as over; but should the server only have been out of reach, the call is up, and may be for hours.
    if (report === 'unreachable') {
      drachtio.onceUpAgain(
        () => void this.#releaseLeg(whereabouts, drachtio, credentials, this.#closing.signal),
      );
    }
    return report;
  }

  async #releaseEndpoint(
    { endpointUuid, freeswitch }: Whereabouts,
    signal: AbortSignal,
  ): Promise<ReleaseReport['endpoint']> {
    if (endpointUuid === null || freeswitch === null) return 'none';
    const server = this.#freeswitch.at(freeswitch);
    return server === undefined ? 'elsewhere' : releaseEndpoint(endpointUuid, server, signal);
  }

  #prepared(
    request: DialRequest,
    route: Route,
    drachtio: DrachtioServer,
    media: Media,
    leave: () => void,
  ): PreparedDial {
    assertInviteFits(route.headers, route.requestUri, media.offer);
    const credentials = route.trunk?.credentials ?? null;
    const followsRedirects = this.#configuration.followRedirectsTo.length > 0;
    const whereabouts: Whereabouts = {
      callId: randomUUID(),
      drachtio: drachtio.address,
      freeswitch: media.server,
      endpointUuid: media.endpointUuid,
      trunk: route.trunk?.name ?? null,
      mayBeSentAnew: credentials !== null || followsRedirects,
    };
    const logger = this.#logger.child({ jobId: request.jobId, callId: whereabouts.callId });
    return {
      whereabouts,
      turn: (signal) => drachtio.turn(signal),
      dial: (onEvent: (event: LegEvent) => void, mayLeave: () => boolean = () => true) => {
        const plan = {
          whereabouts,
          requestUri: route.requestUri,
          nextHop: route.nextHop,
          headers: {
            ...withExpiry(route.headers, request.secondsTimeout),
            From: `${route.headers.From};tag=${fromTagOf(whereabouts.callId)}`,
          },
          credentials,
          rejectionOverrides: route.trunk?.rejectionOverrides ?? {},
          drachtio,
          media,
          redirect: (contact: string) => redirectTarget(contact, this.#configuration),
          followsRedirects,
          mayLeave,
          release: () => this.#releaseLeg(whereabouts, drachtio, credentials, this.#closing.signal),
          onGone: leave,
        };
        const leg = new OutboundLeg(plan, onEvent, logger);
        queueMicrotask(() => leg.start());
        return leg;
      },
      discard: async () => {
        await media.release();
        leave();
      },
    };
  }

  /** Counts a call in; the returned function counts it out. */
  #enter(drachtio: DrachtioServer, trunk: Trunk | null): () => void {
    const onTrunk = trunk === null ? 0 : (this.#callsOnTrunk.get(trunk.name) ?? 0);
    if (trunk?.maxCalls !== undefined && onTrunk >= trunk.maxCalls) {
      throw new OutdialError(
        'NO_TRUNK',
        `trunk "${trunk.name}" carries its ${trunk.maxCalls} calls already`,
        {
          retryable: true,
        },
      );
    }
    drachtio.busyCalls += 1;
    if (trunk !== null) this.#callsOnTrunk.set(trunk.name, onTrunk + 1);
    return () => {
      drachtio.busyCalls -= 1;
      if (trunk !== null) this.#callsOnTrunk.set(trunk.name, (this.#callsOnTrunk.get(trunk.name) ?? 1) - 1);
    };
  }
}
