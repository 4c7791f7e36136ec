import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { TransientMap } from '@outdial/collections';
import type { Logger } from 'pino';
import { bareHost } from '../addresses.js';
import { OnceListeners } from '../async/once-listeners.js';
import { withTimeout } from '../async/with-timeout.js';
import type { FreeswitchServerConfiguration } from '../configuration.js';
import type { DrachtioServer } from '../drachtio/drachtio-server.js';
import type { Dialog, UacOptions } from '../drachtio/srf-types.js';
import { isWildcard, ownAddressTo } from '../media/own-address.js';
import { answerPlainly } from '../sdp/endpoint-offer.js';
import { probeEventSocket } from './event-socket-probe.js';
import type { Endpoint, MediaServer, Mrf, MrfConstructor } from './fsmrf-types.js';
import { Strength } from './strength.js';
import { hasTwoWayForks } from './two-way-forks.js';

const RealMrf = createRequire(import.meta.url)('drachtio-fsmrf') as MrfConstructor;

const RETRY_MS = 500;
const CHECK_EVERY_MS = 2000;
const ANSWER_WITHIN_MS = 2500;
/** drachtio-fsmrf itself waits 4 s after the 200 for FreeSWITCH to connect. */
const CREATE_WITHIN_MS = 6000;
const UUID = /^[0-9a-f-]{36}$/i;
const CREATION_HEADER = 'X-Outdial-Creation';
export const FORK_EVENTS = [
  'mod_audio_fork::connect',
  'mod_audio_fork::connect_failed',
  'mod_audio_fork::buffer_overrun',
] as const;

/** An endpoint being created: through which drachtio, and its dialog. */
interface Creation {
  drachtio: DrachtioServer;
  dialog?: Dialog;
}

/**
 * One FreeSWITCH through one drachtio-fsmrf media server, which is created again after each loss: the library's own
 * reconnection mixes up replies, since it keeps waiting for those of the old connection.
 */
export class FreeswitchServer {
  readonly address: string;
  readonly #configuration: FreeswitchServerConfiguration;
  readonly #logger: Logger;
  readonly #mrf: Mrf;
  readonly #creations = new TransientMap<string, Creation>();
  #mediaServer: MediaServer | null = null;
  #problem: string | null = 'not connected yet';
  #ownAddress: string | null = null;
  #hasTwoWayForks = true;
  readonly #lostListeners = new OnceListeners();
  /** Called once, the next time that the server answers after it was lost. */
  readonly #upListeners = new OnceListeners();
  readonly #strength = new Strength();
  #losses = 0;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #onUp: () => void = () => undefined;

  constructor(configuration: FreeswitchServerConfiguration, logger: Logger) {
    this.#configuration = configuration;
    this.address = `${configuration.host}:${configuration.port}`;
    this.#logger = logger.child({ freeswitch: this.address });
    // The library calls only `createUAC`, so the drachtio server can be chosen for each endpoint.
    this.#mrf = new RealMrf(
      { createUAC: (uri, options) => this.#inviteEndpoint(uri, options) },
      { customEvents: [...FORK_EVENTS] },
    );
  }

  get isUp(): boolean {
    return this.#mediaServer !== null;
  }

  get problem(): string | null {
    return this.#problem;
  }

  /** Which share of the calls it can be given, above 0 and up to 1: less after it has dropped audio. */
  get strength(): number {
    return this.#strength.value;
  }

  /** It has dropped audio of a call, which it could not send in time. */
  noteLostAudio(): void {
    this.#losses += 1;
    if (this.#strength.value === 1)
      this.#logger.warn('FreeSWITCH drops audio that it cannot send in time; it is given fewer calls');
    this.#strength.lower();
  }

  /** How often it has dropped audio since this was last asked. */
  takeLosses(): number {
    const losses = this.#losses;
    this.#losses = 0;
    return losses;
  }

  /** Why its calls can have no voice bots, or null; also before it has answered for the first time. */
  get objectionToBots(): string | null {
    if (this.#hasTwoWayForks) return null;
    return `the mod_audio_fork of FreeSWITCH ${this.address} does not play what a voice bot says: it is too old, or is not loaded`;
  }

  /** Our address on the route to it, once that is known. */
  get ownAddress(): string | null {
    return this.#ownAddress;
  }

  /** Starts connecting; `onUp` is called each time the server answers. */
  start(onUp: () => void): void {
    this.#onUp = onUp;
    void this.#connect();
  }

  /** Creates an endpoint that is signalled through `drachtio`. Rejects when that fails. */
  async createEndpoint(drachtio: DrachtioServer): Promise<Endpoint> {
    const mediaServer = this.#mediaServer;
    if (mediaServer === null) throw new Error(`FreeSWITCH ${this.address} is down`);
    const id = randomUUID();
    const creation: Creation = { drachtio };
    this.#creations.set(id, creation);
    try {
      await drachtio.turn();
      const creating = mediaServer.createEndpoint({ headers: { [CREATION_HEADER]: id } });
      const endpoint = await withTimeout(creating, CREATE_WITHIN_MS, 'creating an endpoint');
      endpoint.conn?.socket?.setNoDelay(true);
      return endpoint;
    } catch (error) {
      void creation.dialog?.destroy();
      throw error;
    } finally {
      this.#creations.delete(id);
    }
  }

  /** Ends a channel, also one that another process made. */
  async killChannel(uuid: string): Promise<'released' | 'gone' | 'unreachable'> {
    if (this.#mediaServer === null || !UUID.test(uuid)) return 'unreachable';
    const killing = this.#mediaServer.api(`uuid_kill ${uuid}`);
    const answer = await withTimeout(killing, ANSWER_WITHIN_MS, 'uuid_kill').catch(() => null);
    if (answer === null) return 'unreachable';
    return answer.startsWith('+OK') ? 'released' : 'gone';
  }

  /** Ends a channel now, or once the server answers again. Resolves after the first attempt; never rejects. */
  async endChannel(uuid: string): Promise<void> {
    const report = await this.killChannel(uuid);
    if (report !== 'unreachable' || this.#isClosed || !UUID.test(uuid)) return;
    const again = () => void this.endChannel(uuid);
    // It may answer again already: then the command was lost with the connection before.
    if (this.isUp) setTimeout(again, RETRY_MS).unref();
    else this.#upListeners.add(again);
  }

  /** Calls back once when the server is lost. Returns an unsubscribe function. */
  onLost(listener: () => void): () => void {
    return this.#lostListeners.add(listener);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#mediaServer?.disconnect();
    this.#mediaServer = null;
  }

  async #connect(): Promise<void> {
    try {
      await probeEventSocket(this.#configuration);
      const { host, port, secret, listenPort, advertisedPort, profile } = this.#configuration;
      this.#ownAddress = await ownAddressTo(bareHost(host), port);
      const { listenAddress = this.#ownAddress } = this.#configuration;
      const { advertisedAddress = isWildcard(listenAddress) ? this.#ownAddress : undefined } =
        this.#configuration;
      const connecting = this.#mrf.connect({
        address: bareHost(host),
        port,
        secret,
        listenAddress,
        listenPort,
        profile,
        ...(advertisedAddress === undefined ? {} : { advertisedAddress }),
        ...(advertisedPort === undefined ? {} : { advertisedPort }),
      });
      const mediaServer = await withTimeout(connecting, ANSWER_WITHIN_MS, 'connecting').catch((error) => {
        // The library continues, and its late media server would hold `listenPort` for ever.
        connecting.then(
          (late) => late.disconnect(),
          () => undefined,
        );
        throw error;
      });
      const asking = hasTwoWayForks((command) => mediaServer.api(command));
      this.#hasTwoWayForks = await withTimeout(asking, ANSWER_WITHIN_MS, 'uuid_audio_fork');
      this.#connected(mediaServer);
    } catch (error) {
      this.#problem = (error as Error).message;
      if (!this.#isClosed) this.#timer = setTimeout(() => void this.#connect(), RETRY_MS);
    }
  }

  #connected(mediaServer: MediaServer): void {
    if (this.#isClosed) {
      mediaServer.disconnect();
      return;
    }
    mediaServer.conn.socket?.setNoDelay(true);
    mediaServer.on('error', (error: Error) => this.#lost(mediaServer, error.message));
    mediaServer.on('end', () => this.#lost(mediaServer, 'connection closed'));
    this.#mediaServer = mediaServer;
    this.#problem = null;
    this.#logger.debug('FreeSWITCH connected');
    this.#timer = setTimeout(() => void this.#assertAlive(mediaServer), CHECK_EVERY_MS);
    this.#onUp();
    this.#upListeners.fire();
  }

  #lost(mediaServer: MediaServer, problem: string): void {
    if (this.#mediaServer !== mediaServer) return;
    this.#logger.debug({ problem }, 'FreeSWITCH lost');
    this.#mediaServer = null;
    this.#problem = problem;
    mediaServer.disconnect();
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#connect(), RETRY_MS);
    this.#lostListeners.fire();
  }

  /** A server that is frozen or cut off keeps its connections open. */
  async #assertAlive(mediaServer: MediaServer): Promise<void> {
    try {
      await withTimeout(mediaServer.api('uptime'), ANSWER_WITHIN_MS, 'uptime');
      this.#timer = setTimeout(() => void this.#assertAlive(mediaServer), CHECK_EVERY_MS);
    } catch (error) {
      this.#lost(mediaServer, (error as Error).message);
    }
  }

  #inviteEndpoint(uri: string, options: UacOptions): Promise<Dialog> {
    const { [CREATION_HEADER]: id = '', ...headers } = options.headers ?? {};
    const creation = this.#creations.get(id);
    if (creation === undefined)
      return Promise.reject(new Error('the creation of this endpoint was abandoned'));
    const { drachtio } = creation;
    return new Promise((resolve, reject) => {
      const stopWatching = drachtio.onLost(() => reject(new Error(`drachtio ${drachtio.address} was lost`)));
      const created = (dialog: Dialog) => {
        stopWatching();
        creation.dialog = withoutUnhandledRejection(dialog);
        // Abandoned in the meantime: the library timed out, but FreeSWITCH took the call.
        if (!this.#creations.has(id)) void dialog.destroy();
        resolve(dialog);
      };
      drachtio.inviteForOffer(uri, { ...options, headers }, (error, offered) => {
        if (offered === undefined) {
          stopWatching();
          reject(error);
          return;
        }
        offered.ack(answerPlainly(offered.sdp)).then(created, reject);
      });
    });
  }
}

/** drachtio-fsmrf destroys the dialog of a timed-out endpoint and ignores the promise. */
function withoutUnhandledRejection(dialog: Dialog): Dialog {
  const destroy = dialog.destroy.bind(dialog);
  dialog.destroy = () => destroy().catch(() => undefined);
  return dialog;
}
