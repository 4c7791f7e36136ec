import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { ServerStatus } from './api.js';
import type { DrachtioServerConfiguration } from './configuration.js';
import { deferred } from './deferred.js';
import { limitMessages } from './message-limit.js';
import { Pace } from './pace.js';
import { withoutStrayLines } from './readable-message.js';
import type {
  Dialog,
  RequestOptions,
  SipResponse,
  Srf,
  UacCallback,
  UacOptions,
  UacProgress,
} from './srf-types.js';
import { within } from './within.js';

const RealSrf = createRequire(import.meta.url)('drachtio-srf') as new () => Srf;

const RECONNECT_MAX_MS = 1000;
const PING_EVERY_MS = 2000;
const PONG_WITHIN_MS = 2500;

/**
 * One drachtio server through one drachtio-srf connection, which reconnects by itself. When the connection
 * goes, all dialogs and transactions of it are lost: the library tells nobody, so `onLost` does.
 */
export class DrachtioServer {
  readonly address: string;
  readonly #configuration: DrachtioServerConfiguration;
  readonly #logger: Logger;
  readonly #srf: Srf = new RealSrf();
  readonly #pace: Pace;
  readonly #lostListeners = new Set<() => void>();
  readonly #upListeners = new Set<() => void>();
  #isUp = false;
  #isClosed = false;
  #problem: string | null = 'not connected yet';
  #ping: NodeJS.Timeout | undefined;
  /** Legs that live here; the pool picks the least busy server by it. */
  busyCalls = 0;

  constructor(configuration: DrachtioServerConfiguration, invitesPerSecond: number, logger: Logger) {
    this.#configuration = configuration;
    this.address = `${configuration.host}:${configuration.port}`;
    this.#logger = logger.child({ drachtio: this.address });
    this.#pace = new Pace(invitesPerSecond);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  status(): ServerStatus {
    return {
      kind: 'drachtio',
      address: this.address,
      isUp: this.#isUp,
      busyCalls: this.busyCalls,
      idleEndpoints: 0,
      problem: this.#problem,
    };
  }

  /** Starts connecting; `onUp` is called each time the server answers. */
  start(onUp: () => void): void {
    this.#srf.on('connect', (error: Error | null) => {
      if (error) {
        this.#down(error.message);
        return;
      }
      // Told a turn late: it may be gone already.
      if (this.#srf.app.client.mapServer.size === 0) return;
      this.#logger.info('drachtio answers');
      this.#isUp = true;
      this.#problem = null;
      onUp();
      const listeners = [...this.#upListeners];
      this.#upListeners.clear();
      for (const listener of listeners) listener();
    });
    // Without an `error` listener, drachtio-srf does not reconnect (wire-protocol.js, installListeners).
    this.#srf.on('error', (error: Error) => this.#down(error.message));
    const { host, port, secret } = this.#configuration;
    this.#srf.connect({ host, port, secret, reconnect: { retryMaxDelay: RECONNECT_MAX_MS } });
    const { wp } = this.#srf.app.client;
    limitMessages(wp);
    // Of the connection itself: drachtio-srf passes it on a turn late, and throws at whoever calls it meanwhile.
    wp.on('close', () => this.#down('connection closed'));
    guard(
      wp,
      'msg',
      (error) => this.#logger.error({ err: error }, 'a message of drachtio was passed over'),
      ([socket, message]) => [socket, withoutStrayLines(message as string)],
    );
    wp.on('connect', (socket: Socket) => {
      // It was still being made when we were closed.
      if (this.#isClosed) socket.destroy();
      socket.setNoDelay(true);
      guard(socket, 'data', (error) => {
        this.#logger.error({ err: error }, 'drachtio connection given up');
        socket.destroy();
      });
    });
    this.#ping = setInterval(() => void this.#assertAlive(), PING_EVERY_MS);
  }

  /** Resolves when another INVITE may be sent without overrunning the server, or once the signal aborts. */
  turn(signal?: AbortSignal): Promise<void> {
    return this.#pace.turn(signal);
  }

  /**
   * `createUAC`, whose callback runs in the very step in which the response is read: a BYE that came in the
   * same packet as the 200 would be missed by a promise. Never calls back once the server is lost.
   */
  invite(uri: string, options: UacOptions, progress: UacProgress, callback: UacCallback): void {
    try {
      this.#srf.createUAC(uri, options, progress, callback);
    } catch (error) {
      // An assertion when there is no connection just now.
      callback(error as Error, undefined);
    }
  }

  /**
   * Sends a request into a dialog or transaction that another client of the server may have made. Resolves
   * once it was sent; rejects when drachtio refuses to. `onResponse` may be called before that: the answer can
   * come in the same packet.
   */
  request(
    options: RequestOptions,
    onResponse: (response: SipResponse) => void = () => undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      // drachtio puts the dialog's own target in its place.
      this.#srf.request('sip:placeholder', options, (error, request) => {
        if (error) {
          reject(error);
          return;
        }
        request.on('response', onResponse);
        resolve();
      });
    });
  }

  /** Lets go of a dialog that was ended by another than itself: drachtio-srf keeps each until a BYE of its own. */
  forgetDialog(dialog: Dialog): void {
    this.#srf.removeDialog(dialog);
  }

  /** Calls back once when the connection is lost; the returned function takes the wish back. */
  onLost(listener: () => void): () => void {
    this.#lostListeners.add(listener);
    return () => this.#lostListeners.delete(listener);
  }

  /** Calls back once, the next time that the server answers after it was lost. */
  onceUpAgain(listener: () => void): void {
    this.#upListeners.add(listener);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#ping);
    const { wp, mapServer } = this.#srf.app.client;
    // `srf.disconnect()` throws, and goes on connecting, when there is no connection just now.
    wp.closing = true;
    clearTimeout(wp.reconnectVars.retryTimer ?? undefined);
    for (const socket of mapServer.keys()) socket.end();
  }

  #down(problem: string): void {
    if (this.#isUp && !this.#isClosed) this.#logger.warn({ problem }, 'drachtio lost');
    this.#isUp = false;
    this.#problem = problem;
    const listeners = [...this.#lostListeners];
    this.#lostListeners.clear();
    for (const listener of listeners) listener();
  }

  /** A server that is frozen or cut off keeps its connection; an unanswered ping ends it. */
  async #assertAlive(): Promise<void> {
    const [entry] = this.#srf.app.client.mapServer;
    if (!this.#isUp || entry === undefined) return;
    const [socket, { pendingRequests }] = entry;
    const { promise, resolve } = deferred<void>();
    pendingRequests.set(this.#srf.app.client.wp.send(socket, 'ping'), () => resolve());
    await within(promise, PONG_WITHIN_MS, 'ping').catch(() => socket.destroy());
  }
}

/**
 * Keeps an exception of drachtio-srf from ending the process. It throws out of its listeners: for a `msg` that
 * it does not understand (a far end can send one), and for `data` whose framing is lost (seen under
 * overload), after which nothing on that connection can be read any more.
 */
function guard(
  emitter: EventEmitter,
  event: string,
  onError: (error: unknown) => void,
  mend: (args: unknown[]) => unknown[] = (args) => args,
): void {
  for (const listener of emitter.listeners(event) as Array<(...args: unknown[]) => void>) {
    emitter.off(event, listener);
    emitter.on(event, (...args) => {
      try {
        listener(...mend(args));
      } catch (error) {
        onError(error);
      }
    });
  }
}
