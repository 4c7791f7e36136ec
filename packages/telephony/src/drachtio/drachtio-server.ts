import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { bareHost } from '../addresses.js';
import type { ServerStatus } from '../api.js';
import { deferred } from '../async/deferred.js';
import { OnceListeners } from '../async/once-listeners.js';
import { withTimeout } from '../async/with-timeout.js';
import type { DrachtioServerConfiguration } from '../configuration.js';
import { OPTIONS_HEADERS } from '../sip/allow.js';
import { limitMessages } from '../sip/message-limit.js';
import { sanitizeMessage } from '../sip/sanitize-message.js';
import { gatherMessages } from './gather-messages.js';
import { RateLimiter } from './rate-limiter.js';
import { SipTaps } from './sip-taps.js';
import type {
  Dialog,
  OfferCallback,
  RequestOptions,
  SipRequest,
  SipResponse,
  Srf,
  UacCallback,
  UacOptions,
  UacProgress,
} from './srf-types.js';
import { makeWaitsTransient } from './transient-waits.js';

const RealSrf = createRequire(import.meta.url)('drachtio-srf') as new () => Srf;

const NOT_CONNECTED = 'not connected yet';
const CLOSED = 'connection closed';
const RECONNECT_MAX_MS = 1000;
const PING_EVERY_MS = 2000;
const PONG_WITHIN_MS = 2500;
/** RFC 3261 section 18.1.1: anything longer belongs on TCP. drachtio sends it by UDP, in fragments that may be dropped. */
const UDP_BYTES_MAX = 1300;
/** drachtio replaces it with the target of the request's dialog. */
const DIALOG_TARGET = 'sip:placeholder';

/**
 * One drachtio server through one drachtio-srf connection, which reconnects by itself. When the connection
 * closes, its dialogs and transactions are lost without an event of the library; `onLost` reports it.
 */
export class DrachtioServer {
  readonly address: string;
  readonly #configuration: DrachtioServerConfiguration;
  readonly #logger: Logger;
  readonly #srf: Srf = new RealSrf();
  readonly #rateLimiter: RateLimiter;
  readonly #lostListeners = new OnceListeners();
  readonly #upListeners = new OnceListeners();
  readonly #warnedOfSize = new Set<string | null>();
  #isUp = false;
  #isClosed = false;
  #problem: string | null = NOT_CONNECTED;
  #ping: NodeJS.Timeout | undefined;
  /** The SIP messages of calls that are captured. */
  readonly taps = new SipTaps();
  /** Legs on this server; the pool picks the least busy one by it. */
  busyCalls = 0;

  constructor(configuration: DrachtioServerConfiguration, invitesPerSecond: number, logger: Logger) {
    this.#configuration = configuration;
    this.address = `${configuration.host}:${configuration.port}`;
    this.#logger = logger.child({ drachtio: this.address });
    this.#rateLimiter = new RateLimiter(invitesPerSecond);
  }

  get host(): string {
    return this.#configuration.host;
  }

  get port(): number {
    return this.#configuration.port;
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
      // drachtio-srf emits this a turn late: the connection may be closed already.
      if (this.#srf.app.client.mapServer.size === 0) return;
      this.#logger.debug('drachtio connected');
      this.#isUp = true;
      this.#problem = null;
      onUp();
      this.#upListeners.fire();
    });
    // Without a client for it, drachtio answers 503, which some carriers take for a dead trunk.
    this.#srf.options((_request, response) => response.send(200, { headers: OPTIONS_HEADERS }));
    // Without an `error` listener, drachtio-srf does not reconnect (wire-protocol.js, installListeners).
    this.#srf.on('error', (error: Error) => this.#down(error.message));
    const { host, port, secret } = this.#configuration;
    this.#srf.connect({ host: bareHost(host), port, secret, reconnect: { retryMaxDelay: RECONNECT_MAX_MS } });
    const { wp } = this.#srf.app.client;
    gatherMessages(wp);
    limitMessages(wp);
    // Of the connection itself: drachtio-srf passes it on a turn late, and throws in calls made in between.
    wp.on('close', () => this.#down(CLOSED));
    guard(
      wp,
      'msg',
      (error) => this.#logger.error({ problem: withoutText(error) }, 'unreadable drachtio message ignored'),
      ([socket, message]) => {
        this.taps.take(message as string);
        return [socket, sanitizeMessage(message as string)];
      },
    );
    wp.on('connect', (socket: Socket) => {
      // We were closed while it was being established.
      if (this.#isClosed) socket.destroy();
      socket.setNoDelay(true);
      makeWaitsTransient(this.#srf.app.client.mapServer.get(socket));
      guard(socket, 'data', (error) => {
        this.#logger.error({ problem: withoutText(error) }, 'unreadable drachtio connection closed');
        socket.destroy();
      });
    });
    this.#ping = setInterval(() => void this.#assertAlive(), PING_EVERY_MS);
  }

  /** How long the next INVITE has to wait for its turn, in milliseconds. */
  get turnWaitMs(): number {
    return this.#rateLimiter.waitMs;
  }

  /** Resolves when another INVITE may be sent without overrunning the server, or once the signal aborts. */
  turn(signal?: AbortSignal): Promise<void> {
    return this.#rateLimiter.turn(signal);
  }

  /**
   * `createUAC`. Its callback runs synchronously as the response is read: a promise would miss a BYE that came in the
   * same packet as the 200. Never calls back once the server is lost.
   */
  invite(uri: string, options: UacOptions, progress: UacProgress, callback: UacCallback): void {
    try {
      this.#srf.createUAC(uri, options, progress, callback);
    } catch (error) {
      // drachtio-srf asserts that there is a connection.
      callback(error as Error, undefined);
    }
  }

  /**
   * Sends an INVITE without an offer, which the far end's 200 makes; it is acknowledged with the answer that the caller
   * gives. Never calls back once the server is lost.
   */
  inviteForOffer(uri: string, options: Omit<UacOptions, 'localSdp'>, callback: OfferCallback): void {
    try {
      this.#srf.createUAC(uri, { ...options, noAck: true }, {}, callback);
    } catch (error) {
      callback(error as Error, undefined);
    }
  }

  /**
   * Sends a request outside dialogs, or in a dialog or transaction that another client of the server may have made. Resolves once it was
   * sent; rejects when drachtio refuses to. `onResponse` may be called first: the response can come in the same packet.
   */
  request(
    options: RequestOptions,
    onResponse: (response: SipResponse) => void = () => undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const { uri = DIALOG_TARGET, ...others } = options;
      this.#srf.request(uri, others, (error, request) => {
        if (error) {
          reject(error);
          return;
        }
        if (options.method === 'ACK') this.#forgetTransaction(request.stackTxnId);
        request.on('response', onResponse);
        resolve();
      });
    });
  }

  /** Warns of an INVITE that is too long for UDP, once a trunk (null: calls outside trunks). */
  noteSize(request: SipRequest, trunk: string | null): void {
    const bytes = Buffer.byteLength(request.msg.raw);
    if (request.protocol !== 'udp' || bytes <= UDP_BYTES_MAX || this.#warnedOfSize.has(trunk)) return;
    this.#warnedOfSize.add(trunk);
    this.#logger.warn({ trunk, bytes }, 'INVITE too long for UDP; use TCP or fewer headers');
  }

  /** Drops a dialog that was ended by another request: drachtio-srf keeps each until it sees its BYE. */
  removeDialog(dialog: Dialog): void {
    this.#srf.removeDialog(dialog);
  }

  /** Calls back once when the connection is lost. Returns an unsubscribe function. */
  onLost(listener: () => void): () => void {
    return this.#lostListeners.add(listener);
  }

  /** Calls back once, the next time that the server answers after it was lost. */
  onceUpAgain(listener: () => void): void {
    this.#upListeners.add(listener);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#ping);
    const { wp, mapServer } = this.#srf.app.client;
    // `srf.disconnect()` throws, and keeps reconnecting, while there is no connection.
    wp.closing = true;
    clearTimeout(wp.reconnectVars.retryTimer ?? undefined);
    for (const socket of mapServer.keys()) socket.end();
  }

  #down(problem: string): void {
    if (this.#isUp && !this.#isClosed) this.#logger.debug({ problem }, 'drachtio lost');
    // Each attempt to connect that fails closes a connection as well; the reason of the failure says more.
    if (this.#isUp || problem !== CLOSED || this.#problem === NOT_CONNECTED) this.#problem = problem;
    this.#isUp = false;
    this.#lostListeners.fire();
  }

  /** drachtio-srf waits for a response to every request that it sends; none comes to an ACK. */
  #forgetTransaction(stackTxnId: string): void {
    for (const { pendingSipRequests } of this.#srf.app.client.mapServer.values())
      pendingSipRequests.delete(stackTxnId);
  }

  /** A server that is frozen or cut off keeps its connection open; an unanswered ping closes it. */
  async #assertAlive(): Promise<void> {
    const [entry] = this.#srf.app.client.mapServer;
    if (!this.#isUp || entry === undefined) return;
    const [socket, { pendingRequests }] = entry;
    const { promise, resolve } = deferred<void>();
    pendingRequests.set(this.#srf.app.client.wp.send(socket, 'ping'), () => resolve());
    await withTimeout(promise, PONG_WITHIN_MS, 'ping').catch(() => socket.destroy());
  }
}

/** drachtio-srf makes an error of each refused call; to write down where it was made took more time than the rest of it. */
const STACK_FRAMES = 0;

/**
 * Keeps an exception of drachtio-srf from ending the process. It throws out of its listeners: for a `msg` that it does
 * not understand (a far end can cause one), and for `data` whose framing is lost (seen under overload), after which
 * nothing on that connection can be read.
 */
function guard(
  emitter: EventEmitter,
  event: string,
  onError: (error: unknown) => void,
  repair: (args: unknown[]) => unknown[] = (args) => args,
): void {
  for (const listener of emitter.listeners(event) as Array<(...args: unknown[]) => void>) {
    emitter.off(event, listener);
    emitter.on(event, (...args) => {
      const { stackTraceLimit } = Error;
      Error.stackTraceLimit = STACK_FRAMES;
      try {
        listener(...repair(args));
      } catch (error) {
        onError(error);
      } finally {
        Error.stackTraceLimit = stackTraceLimit;
      }
    });
  }
}

/** What drachtio-srf says of a message, without the message that it quotes: numbers and SRTP keys are in that. */
function withoutText(error: unknown): string {
  return (error as Error).message.split(/['":\r\n]/, 1)[0] as string;
}
