import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Logger } from 'pino';
import type { FreeswitchServerConfiguration } from './configuration.js';
import type { DrachtioServer } from './drachtio-server.js';
import { probeEventSocket } from './event-socket-probe.js';
import type { Endpoint, MediaServer, Mrf, MrfConstructor } from './fsmrf-types.js';
import type { Dialog, UacOptions } from './srf-types.js';
import { within } from './within.js';

const RealMrf = createRequire(import.meta.url)('drachtio-fsmrf') as MrfConstructor;

const RETRY_MS = 500;
const CHECK_EVERY_MS = 2000;
const ANSWER_WITHIN_MS = 2500;
/** drachtio-fsmrf itself waits 4 s for FreeSWITCH's own connection after the 200. */
const CREATE_WITHIN_MS = 6000;
const CREATION_HEADER = 'X-Outdial-Creation';
export const FORK_EVENTS = ['mod_audio_fork::connect', 'mod_audio_fork::connect_failed'] as const;

/** An endpoint being made: through which drachtio, and the dialog that came of it. */
interface Creation {
  drachtio: DrachtioServer;
  dialog?: Dialog;
}

/**
 * One FreeSWITCH through one drachtio-fsmrf media server, made anew after each loss: the library's own
 * reconnection mixes up replies, since it keeps waiting for those that the old connection owed.
 */
export class FreeswitchServer {
  readonly address: string;
  readonly #configuration: FreeswitchServerConfiguration;
  readonly #logger: Logger;
  readonly #mrf: Mrf;
  readonly #creations = new Map<string, Creation>();
  #mediaServer: MediaServer | null = null;
  #problem: string | null = 'not connected yet';
  readonly #lostListeners = new Set<() => void>();
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #onUp: () => void = () => undefined;

  constructor(configuration: FreeswitchServerConfiguration, logger: Logger) {
    this.#configuration = configuration;
    this.address = `${configuration.host}:${configuration.port}`;
    this.#logger = logger.child({ freeswitch: this.address });
    // The library only ever calls `createUAC`; so the drachtio server can be chosen for each endpoint.
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

  /** Starts connecting; `onUp` is called each time the server answers. */
  start(onUp: () => void): void {
    this.#onUp = onUp;
    void this.#connect();
  }

  /** A new endpoint, signalled through `drachtio`. Rejects when it cannot be had. */
  async createEndpoint(drachtio: DrachtioServer): Promise<Endpoint> {
    const mediaServer = this.#mediaServer;
    if (mediaServer === null) throw new Error(`FreeSWITCH ${this.address} is down`);
    const id = randomUUID();
    const creation: Creation = { drachtio };
    this.#creations.set(id, creation);
    try {
      await drachtio.turn();
      const making = mediaServer.createEndpoint({ headers: { [CREATION_HEADER]: id } });
      const endpoint = await within(making, CREATE_WITHIN_MS, 'making an endpoint');
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
    if (this.#mediaServer === null || !/^[0-9a-f-]{36}$/i.test(uuid)) return 'unreachable';
    const killing = this.#mediaServer.api(`uuid_kill ${uuid}`);
    const answer = await within(killing, ANSWER_WITHIN_MS, 'uuid_kill').catch(() => null);
    if (answer === null) return 'unreachable';
    return answer.startsWith('+OK') ? 'released' : 'gone';
  }

  /** Calls back once when the server is lost; the returned function takes the wish back. */
  onLost(listener: () => void): () => void {
    this.#lostListeners.add(listener);
    return () => this.#lostListeners.delete(listener);
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
      const { host, port, secret, listenAddress, listenPort, advertisedAddress, advertisedPort, profile } =
        this.#configuration;
      const connecting = this.#mrf.connect({
        address: host,
        port,
        secret,
        listenAddress,
        listenPort,
        profile,
        ...(advertisedAddress === undefined ? {} : { advertisedAddress }),
        ...(advertisedPort === undefined ? {} : { advertisedPort }),
      });
      const mediaServer = await within(connecting, ANSWER_WITHIN_MS, 'connecting').catch((error) => {
        // The library goes on, and its late media server would hold `listenPort` for ever.
        connecting.then(
          (late) => late.disconnect(),
          () => undefined,
        );
        throw error;
      });
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
    this.#logger.info('FreeSWITCH answers');
    this.#timer = setTimeout(() => void this.#assertAlive(mediaServer), CHECK_EVERY_MS);
    this.#onUp();
  }

  #lost(mediaServer: MediaServer, problem: string): void {
    if (this.#mediaServer !== mediaServer) return;
    this.#logger.warn({ problem }, 'FreeSWITCH lost');
    this.#mediaServer = null;
    this.#problem = problem;
    mediaServer.disconnect();
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#connect(), RETRY_MS);
    const listeners = [...this.#lostListeners];
    this.#lostListeners.clear();
    for (const listener of listeners) listener();
  }

  /** A server that is frozen or cut off keeps its connections. */
  async #assertAlive(mediaServer: MediaServer): Promise<void> {
    try {
      await within(mediaServer.api('uptime'), ANSWER_WITHIN_MS, 'uptime');
      this.#timer = setTimeout(() => void this.#assertAlive(mediaServer), CHECK_EVERY_MS);
    } catch (error) {
      this.#lost(mediaServer, (error as Error).message);
    }
  }

  #inviteEndpoint(uri: string, options: UacOptions): Promise<Dialog> {
    const { [CREATION_HEADER]: id = '', ...headers } = options.headers ?? {};
    const creation = this.#creations.get(id);
    if (creation === undefined) return Promise.reject(new Error('making this endpoint was given up'));
    const { drachtio } = creation;
    return new Promise((resolve, reject) => {
      const forget = drachtio.onLost(() => reject(new Error(`drachtio ${drachtio.address} was lost`)));
      drachtio.invite(uri, { ...options, headers }, {}, (error, dialog) => {
        forget();
        if (dialog === undefined) {
          reject(error);
          return;
        }
        creation.dialog = withoutUnhandledRejection(dialog);
        // Given up in the meantime: the library has lost interest, but FreeSWITCH took the call.
        if (!this.#creations.has(id)) void dialog.destroy();
        resolve(dialog);
      });
    });
  }
}

/** drachtio-fsmrf destroys the dialog of a timed-out endpoint without looking at the promise it gets. */
function withoutUnhandledRejection(dialog: Dialog): Dialog {
  const destroy = dialog.destroy.bind(dialog);
  dialog.destroy = (options) => destroy(options).catch(() => undefined);
  return dialog;
}
