import { randomUUID } from 'node:crypto';
import { OutdialError, parseCodecs } from '@outdial/contract';
import type { Logger } from 'pino';
import type { DialRequest, LegEvent, PreparedDial, ReleaseReport, ServerStatus, Whereabouts } from './api.js';
import { AudioForkServer } from './audio-fork.js';
import type { TelephonyConfiguration, Trunk } from './configuration.js';
import { DrachtioPool } from './drachtio-pool.js';
import type { DrachtioServer } from './drachtio-server.js';
import { EndpointMedia } from './endpoint-media.js';
import { withExpiry } from './expiry.js';
import { FreeswitchPool } from './freeswitch-pool.js';
import { OutboundLeg } from './leg.js';
import type { Media } from './media.js';
import { assertInviteFits } from './message-limit.js';
import { fromTagOf, release } from './release.js';
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
      const { pool, pooled } = await this.#freeswitch.take(drachtio);
      try {
        const media = new EndpointMedia(pool, pooled, this.#forks, codecs);
        return this.#prepared(request, route, drachtio, media, leave);
      } catch (error) {
        await pool.giveBack(pooled);
        throw error;
      }
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Ends what a lost worker left up: its leg through the drachtio it lives on, and its endpoint. */
  release(whereabouts: Whereabouts): Promise<ReleaseReport> {
    const { drachtio, freeswitch } = whereabouts;
    const endpointServer = freeswitch === null ? undefined : this.#freeswitch.at(freeswitch);
    return release(whereabouts, this.#drachtio.at(drachtio), endpointServer);
  }

  servers(): ServerStatus[] {
    return [...this.#drachtio.servers.map((server) => server.status()), ...this.#freeswitch.statuses()];
  }

  /** Gives everything back. Legs still up are not ended: hang up first. */
  async close(): Promise<void> {
    await this.#freeswitch.close();
    this.#drachtio.close();
    await this.#forks.close();
  }

  #prepared(
    request: DialRequest,
    route: Route,
    drachtio: DrachtioServer,
    media: Media,
    leave: () => void,
  ): PreparedDial {
    assertInviteFits(route.headers, route.requestUri, media.offer);
    const whereabouts: Whereabouts = {
      callId: randomUUID(),
      drachtio: drachtio.address,
      freeswitch: media.server,
      endpointUuid: media.endpointUuid,
      trunk: route.trunk?.name ?? null,
    };
    const logger = this.#logger.child({ jobId: request.jobId, callId: whereabouts.callId });
    return {
      whereabouts,
      dial: (onEvent: (event: LegEvent) => void, mayLeave: () => boolean = () => true) => {
        const plan = {
          whereabouts,
          requestUri: route.requestUri,
          nextHop: route.nextHop,
          headers: {
            ...withExpiry(route.headers, request.secondsTimeout),
            From: `${route.headers.From};tag=${fromTagOf(whereabouts.callId)}`,
          },
          credentials: route.trunk?.credentials ?? null,
          rejectionOverrides: route.trunk?.rejectionOverrides ?? {},
          drachtio,
          media,
          redirect: (contact: string) => redirectTarget(contact, this.#configuration),
          mayLeave,
          onGone: leave,
        };
        const leg = new OutboundLeg(plan, onEvent, logger);
        void leg.start();
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
