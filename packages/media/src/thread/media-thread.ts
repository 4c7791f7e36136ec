import { Worker } from 'node:worker_threads';
import { TransientMap } from '@outdial/collections';
import { MediaError, type MediaFailure } from '../errors.js';
import { GatheredMessages } from './gathered-messages.js';
import {
  type FromThread,
  type LegArguments,
  type LegMethod,
  type LegReply,
  type SessionEvent,
  type ThreadData,
  type ToThread,
  VITALS,
} from './messages.js';
import { type SpareLeg, SpareLegs } from './spare-legs.js';

/** How a session's owner hears of it. */
export type OnSessionEvent = (event: SessionEvent) => void;

/** What holds for all sessions of a thread. */
export type ThreadOptions = Omit<ThreadData, 'vitals'>;

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: MediaError) => void;
}

/** Loading its modules takes long on a machine that is busy. */
const START_WITHIN_MS = 30_000;

/** A media thread as the main thread sees it: requests, their answers, and events by session. */
export class MediaThread {
  readonly #worker: Worker;
  readonly #vitals = new SharedArrayBuffer(Object.keys(VITALS).length * Int32Array.BYTES_PER_ELEMENT);
  readonly #shared = new Int32Array(this.#vitals);
  readonly #pending = new TransientMap<number, Pending>();
  readonly #sessions = new TransientMap<number, OnSessionEvent>();
  readonly #spare: SpareLegs;
  readonly #onLost: (thread: MediaThread, failure: MediaFailure) => void;
  readonly #outgoing = new GatheredMessages<ToThread>((messages) => this.#worker.postMessage(messages));
  #requests = 0;
  #lastBeats = -1;
  #silentChecks = 0;
  #isOver = false;

  private constructor(
    entry: URL,
    options: ThreadOptions,
    onLost: (thread: MediaThread, failure: MediaFailure) => void,
    onFree: (port: number) => void,
  ) {
    this.#onLost = onLost;
    this.#spare = new SpareLegs(({ id, port }) => {
      const free = () => {
        this.#sessions.delete(id);
        onFree(port);
      };
      this.call(id, 'close', []).then(free, free);
    });
    const workerData: ThreadData = { ...options, vitals: this.#vitals };
    this.#worker = new Worker(entry, { workerData, name: 'media', ...flags() });
    this.#worker.on('message', (messages: readonly FromThread[]) => {
      for (const message of messages) this.#take(message);
    });
    this.#worker.on('error', (error) => this.#lose(`the media thread died: ${error.message}`));
    this.#worker.on('exit', (code) => this.#lose(`the media thread ended with ${code}`));
  }

  /** Starts a thread; rejects with `MEDIA_LOST` when it does not come up. `onFree`: the port of a leg that was kept is free. */
  static async start(
    entry: URL,
    options: ThreadOptions,
    onLost: (thread: MediaThread, failure: MediaFailure) => void,
    onFree: (port: number) => void,
  ): Promise<MediaThread> {
    const thread = new MediaThread(entry, options, onLost, onFree);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => thread.#lose('the media thread did not start'), START_WITHIN_MS);
      thread.#pending.set(0, {
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
    return thread;
  }

  /** Sessions that it serves. */
  get size(): number {
    return this.#sessions.size - this.#spare.size;
  }

  /** How late it was with a frame, or with reading its sockets, at most, since this was last asked; in ms. */
  takeLatestMs(): number {
    return Atomics.exchange(this.#shared, VITALS.latestMicroseconds, 0) / 1000;
  }

  async open(session: number, host: string, port: number, onEvent: OnSessionEvent): Promise<void> {
    this.#sessions.set(session, onEvent);
    try {
      await this.#request((request) => ({ type: 'open', request, session, host, port }));
    } catch (error) {
      this.#sessions.delete(session);
      throw error;
    }
  }

  call<Method extends LegMethod>(
    session: number,
    method: Method,
    args: LegArguments<Method>,
  ): Promise<LegReply<Method>> {
    const asked = this.#request((request) => ({ type: 'call', request, session, method, args }));
    return asked as Promise<LegReply<Method>>;
  }

  /** Keeps a leg of which nothing was made for the next session. */
  keep(leg: SpareLeg): void {
    this.#sessions.set(leg.id, () => this.#spare.drop(leg.id));
    this.#spare.keep(leg);
  }

  /** A leg that was kept, if there is one that is bound to `host`; its events are told to `onEvent` from now on. */
  takeSpare(host: string, onEvent: OnSessionEvent): SpareLeg | null {
    const leg = this.#spare.take(host);
    if (leg !== null) this.#sessions.set(leg.id, onEvent);
    return leg;
  }

  /** The session is over: its events are told no more. */
  forget(session: number): void {
    this.#sessions.delete(session);
  }

  /**
   * Called at even intervals: `limit` of them in a row without a sign of life, and the thread is given up. They are
   * counted and not timed, so that a main thread that was itself busy does not give up threads that live.
   */
  check(limit: number): void {
    const beats = Atomics.load(this.#shared, VITALS.beats);
    this.#silentChecks = beats === this.#lastBeats ? this.#silentChecks + 1 : 0;
    this.#lastBeats = beats;
    if (this.#silentChecks < limit) return;
    this.#lose('the media thread hung');
    void this.#worker.terminate();
  }

  /** Ends its sessions and the thread. */
  async close(): Promise<void> {
    this.#isOver = true;
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    this.#outgoing.add({ type: 'shutDown' });
    const timer = setTimeout(() => void this.#worker.terminate(), 5000);
    await ended;
    clearTimeout(timer);
    this.#rejectAll(new MediaError('ENGINE_CLOSED'));
  }

  #request(make: (request: number) => ToThread): Promise<unknown> {
    if (this.#isOver) return Promise.reject(new MediaError('MEDIA_LOST'));
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve, reject) => {
      this.#pending.set(request, { resolve, reject });
      this.#outgoing.add(make(request));
    });
  }

  #take(message: FromThread): void {
    if (message.type === 'event') {
      this.#sessions.get(message.session)?.(message);
      return;
    }
    const request = message.type === 'ready' ? 0 : message.request;
    const pending = this.#pending.get(request);
    this.#pending.delete(request);
    if (message.type === 'failure')
      pending?.reject(new MediaError(message.failure.code, message.failure.message));
    else pending?.resolve(message.type === 'reply' ? message.value : undefined);
  }

  #lose(message: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const failure: MediaFailure = { code: 'MEDIA_LOST', message };
    const hasStarted = !this.#pending.has(0);
    this.#rejectAll(new MediaError(failure.code, message));
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const onEvent of sessions) onEvent({ name: 'lost', values: [failure] });
    if (hasStarted) this.#onLost(this, failure);
    else void this.#worker.terminate();
  }

  #rejectAll(error: MediaError): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error);
  }
}

/** A thread has its process' flags, but for what says of which type the text of `node --eval` is: no file may have that. */
function flags(): { execArgv?: string[] } {
  return process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {};
}
