import { setMaxListeners } from 'node:events';
import { type CodecName, OutdialError, parseCodecs, type Whereabouts } from '@outdial/contract';
import type { Logger } from 'pino';
import type { DialRequest, LegReport, MediaLoad, PreparedDial, ReleaseReport, ServerStatus } from './api.js';
import { CallCounts } from './call-counts.js';
import type { TelephonyConfiguration } from './configuration.js';
import { DrachtioPool } from './drachtio/drachtio-pool.js';
import type { DrachtioServer } from './drachtio/drachtio-server.js';
import type { RegistrationStatus } from './drachtio/registration.js';
import { TrunkRegistrations } from './drachtio/trunk-registrations.js';
import { mediaOf } from './leg/media-commands.js';
import { preparedDial } from './leg/prepared-dial.js';
import { releaseEndpoint, releaseLeg } from './leg/release.js';
import { MediaMakers } from './media/media-makers.js';
import { isWorkerCodec } from './sdp/worker-description.js';
import { HostCheck } from './sip/host-check.js';
import { type Route, redirectWays, referredAddress, routesFor } from './sip/routing.js';

export interface TelephonyOptions {
  logger: Logger;
  /** The module that media threads run; default the media package's own. Another one is for tests. */
  mediaThread?: URL | undefined;
}

/** Dials through the configured drachtio servers, with the worker's own media or FreeSWITCH's. It acts and reports; it decides nothing. */
export class Telephony {
  readonly #configuration: TelephonyConfiguration;
  readonly #logger: Logger;
  readonly #drachtio: DrachtioPool;
  readonly #media: MediaMakers;
  readonly #registrations: TrunkRegistrations;
  readonly #hosts = new HostCheck();
  readonly #calls = new CallCounts();
  readonly #closing = new AbortController();

  private constructor(configuration: TelephonyConfiguration, { logger, mediaThread }: TelephonyOptions) {
    // Every release listens to it: Node takes the eleventh listener for a leak, and warns.
    setMaxListeners(0, this.#closing.signal);
    this.#configuration = configuration;
    this.#logger = logger;
    this.#drachtio = new DrachtioPool(configuration, logger);
    this.#registrations = new TrunkRegistrations(configuration.trunks, this.#drachtio.servers, logger);
    this.#media = new MediaMakers(configuration, logger, mediaThread);
  }

  /**
   * Starts connecting to every server and keeps trying: a server that is down is no error. Rejects only when the audio
   * fork's address cannot be listened on, or a media thread does not come up.
   */
  static async connect(configuration: TelephonyConfiguration, options: TelephonyOptions): Promise<Telephony> {
    const telephony = new Telephony(configuration, options);
    await telephony.#media.start();
    telephony.#drachtio.start((server) => telephony.#registrations.start(server, telephony.#closing.signal));
    return telephony;
  }

  /** Whether at least one drachtio answers, and a FreeSWITCH unless the worker makes media itself. */
  get isReady(): boolean {
    return this.#drachtio.isReady && this.#media.isReady;
  }

  /** Resolves as soon as it is ready, or when the signal aborts. */
  async ready(signal?: AbortSignal): Promise<void> {
    await Promise.all([this.#drachtio.ready(signal), this.#media.ready(signal)]);
  }

  /**
   * Finds the route and reserves a server and media, without dialling. Throws OutdialError:
   * NO_TRUNK (retryable when the trunk is merely full), CALLER_ID_REFUSED, UNRESOLVABLE_HOST, NO_CODEC,
   * UNSUPPORTED_BY_MEDIA, INVALID_JOB; NO_DRACHTIO, NO_FREESWITCH and NO_MEDIA are retryable.
   */
  async prepare(request: DialRequest): Promise<PreparedDial> {
    const asksForTurn = this.#drachtio.announce();
    try {
      return await this.#prepare(request, asksForTurn);
    } catch (error) {
      asksForTurn();
      throw error;
    }
  }

  async #prepare(request: DialRequest, asksForTurn: () => void): Promise<PreparedDial> {
    const codecs = parseCodecs(request.codecs ?? this.#configuration.defaultCodecs);
    const reachable = await this.#reachable(routesFor(request, this.#configuration));
    const routes = usableWith(codecs, reachable);
    const drachtio = this.#drachtio.leastBusy();
    const [first, ...others] = routes.filter(({ trunk }) => this.#calls.hasRoomOn(trunk));
    if (first === undefined) throw full(routes);
    const place = this.#calls.enter(drachtio, first.trunk);
    try {
      const media = await this.#media.take(drachtio, {
        target: first.address,
        codecs,
        demandsSrtp: routes.some(demandsSrtp),
        sources: request.sources ?? [],
        bots: request.bots ?? [],
        hangsUpEarly: request.hangsUpEarly ?? false,
        beside: request.beside === undefined ? null : mediaOf(request.beside),
      });
      try {
        return preparedDial(
          {
            request,
            routes: [first, ...others],
            place,
            drachtio,
            asksForTurn,
            media,
            redirect: (contacts) => redirectWays(contacts, this.#configuration),
            addressOf: (callTo) => referredAddress({ ...request, callTo }, this.#configuration),
            followsRedirects: this.#configuration.followRedirectsTo.length > 0,
            release: (whereabouts) => this.#releaseLeg(whereabouts, drachtio, this.#closing.signal),
          },
          this.#logger,
        );
      } catch (error) {
        await media.release();
        throw error;
      }
    } catch (error) {
      place.leave();
      throw error;
    }
  }

  /**
   * Ends what a lost worker left up: its leg, through the drachtio server that it is on, and its endpoint. Retries until
   * their end is confirmed or the signal aborts.
   */
  async release(whereabouts: Whereabouts, signal: AbortSignal): Promise<ReleaseReport> {
    const drachtio = this.#drachtio.at(whereabouts.drachtio);
    const [leg, endpoint] = await Promise.all([
      drachtio === undefined ? ('elsewhere' as const) : this.#releaseLeg(whereabouts, drachtio, signal),
      this.#releaseEndpoint(whereabouts, signal),
    ]);
    return { leg, endpoint };
  }

  /** Whether a drachtio server, by the `host:port` in whereabouts, is one of the configured ones. */
  has(drachtio: string): boolean {
    return this.#drachtio.at(drachtio) !== undefined;
  }

  servers(): ServerStatus[] {
    return [...this.#drachtio.servers.map((server) => server.status()), ...this.#media.statuses()];
  }

  /** How well the makers of media kept up since this was last asked. */
  takeMediaLoad(): MediaLoad {
    return this.#media.takeLoad();
  }

  /** How long the next INVITE has to wait, at least, for `invitesPerSecond`; in milliseconds. */
  turnWaitMs(): number {
    return this.#drachtio.turnWaitMs();
  }

  /** Every trunk that registers, through every drachtio server. */
  registrations(): RegistrationStatus[] {
    return this.#registrations.statuses();
  }

  /** Closes every connection and destroys idle endpoints. Does not end legs that are up: hang up first. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#media.close();
    this.#drachtio.close();
  }

  /** The routes whose host has an address. Throws the first one's error when there is none. */
  async #reachable(routes: readonly Route[]): Promise<Route[]> {
    const checks = await Promise.allSettled(
      routes.map(({ address, transport }) => this.#hosts.assertResolvable(address, transport)),
    );
    const reachable = routes.filter((_, index) => checks[index]?.status === 'fulfilled');
    const failure = checks.find((check) => check.status === 'rejected');
    if (reachable.length === 0 && failure !== undefined) throw failure.reason;
    return reachable;
  }

  async #releaseLeg(
    whereabouts: Whereabouts,
    drachtio: DrachtioServer,
    signal: AbortSignal,
  ): Promise<LegReport> {
    // Read now: a call that failed over is on another trunk than it began on.
    const trunk = this.#configuration.trunks.find(({ name }) => name === whereabouts.trunk);
    const credentials = trunk?.credentials ?? null;
    const report = await releaseLeg(whereabouts, drachtio, credentials, signal);
    // It counts as over. But if the server was only out of reach, the call is still up, possibly for hours.
    if (report === 'unreachable') {
      drachtio.onceUpAgain(() => void this.#releaseLeg(whereabouts, drachtio, this.#closing.signal));
    }
    return report;
  }

  async #releaseEndpoint(
    { endpointUuid, freeswitch }: Whereabouts,
    signal: AbortSignal,
  ): Promise<ReleaseReport['endpoint']> {
    if (endpointUuid === undefined || freeswitch === undefined) return 'none';
    const server = this.#media.freeswitchAt(freeswitch);
    if (server === undefined) return 'elsewhere';
    const report = await releaseEndpoint(endpointUuid, server, signal);
    // It counts as over. But if the server was only out of reach, the endpoint may be up, bridged with another.
    if (report === 'unreachable') void server.endChannel(endpointUuid);
    return report;
  }
}

function demandsSrtp({ trunk }: Route): boolean {
  return trunk?.srtp === 'required';
}

/** Without those that demand SRTP where the codecs leave it out, unless all do: then making the media tells why. */
function usableWith(codecs: readonly CodecName[], routes: readonly Route[]): readonly Route[] {
  const others = routes.filter((route) => !demandsSrtp(route));
  return others.length === 0 || codecs.some(isWorkerCodec) ? routes : others;
}

function full(routes: readonly Route[]): OutdialError {
  const trunks = routes.flatMap(({ trunk }) =>
    trunk === null ? [] : [`"${trunk.name}" (${trunk.maxCalls})`],
  );
  return new OutdialError('NO_TRUNK', `every trunk carries its maximum of calls: ${trunks.join(', ')}`, {
    retryable: true,
  });
}
