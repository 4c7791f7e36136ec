import { EventEmitter } from 'node:events';
import { MediaError, type MediaFailure } from './errors.js';
import { type CheckedOptions, checkAddress, checkOptions, type MediaEngineOptions } from './options.js';
import { PortPool } from './rtp/port-pool.js';
import { MediaSession } from './session.js';
import { MediaThread } from './thread/media-thread.js';
import type { SessionEvent } from './thread/messages.js';
import type { SpareLeg } from './thread/spare-legs.js';

export interface OpenOptions {
  /** Another address to bind than the engine's, for instance of the other IP version. */
  listenHost?: string;
  /** The address that the local description carries. Default `listenHost` where that is given, else the engine's. */
  advertisedAddress?: string;
  /** In the same media thread as this session, so that both can be bridged. */
  beside?: MediaSession;
}

/** How busy a media thread is. */
export interface ThreadLoad {
  sessions: number;
  /** How late it was with a frame, or with reading its sockets, at most, since the last call of `load`; in ms. */
  latestMs: number;
}

/** What the engine tells beside its sessions' own events. */
export interface EngineEvents {
  /** A media thread died or hung. Its sessions were told `lost`, and another thread takes its place. */
  threadLost: [MediaFailure];
}

const CHECKS_A_LIMIT = 8;
const RESTART_AFTER_MS = 1000;

/**
 * The worker's own media: starts the media threads, and opens sessions on the one with the fewest. A thread that dies
 * or hangs loses its sessions (`lost`), and another takes its place.
 */
export class MediaEngine extends EventEmitter<EngineEvents> {
  readonly #options: CheckedOptions;
  readonly #ports: PortPool;
  readonly #entry: URL;
  readonly #threads = new Set<MediaThread>();
  #checking: NodeJS.Timeout | undefined;
  #sessions = 0;
  #isOpen = false;

  /** Throws `INVALID_OPTIONS`. */
  constructor(options: MediaEngineOptions) {
    super();
    this.#options = checkOptions(options);
    this.#ports = new PortPool(this.#options.ports);
    this.#entry = this.#options.threadEntry ?? new URL('./thread/worker.js', import.meta.url);
  }

  /** Starts the threads. Rejects with `MEDIA_LOST` when one does not come up. */
  async start(): Promise<void> {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const { threads, hangLimitMs } = this.#options;
    try {
      await Promise.all(Array.from({ length: threads }, () => this.#startThread()));
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#checking = setInterval(() => {
      for (const thread of this.#threads) thread.check(CHECKS_A_LIMIT);
    }, hangLimitMs / CHECKS_A_LIMIT);
    this.#checking.unref();
  }

  /**
   * Opens the sockets of a call. Rejects with `PORTS_EXHAUSTED`, `ADDRESS_UNUSABLE`, `ENGINE_CLOSED`, or `MEDIA_LOST`
   * when no thread is up at the moment.
   */
  async open(options: OpenOptions = {}): Promise<MediaSession> {
    if (!this.#isOpen) throw new MediaError('ENGINE_CLOSED');
    const host = options.listenHost ?? this.#options.listenHost;
    const address = options.advertisedAddress ?? options.listenHost ?? this.#options.advertisedAddress;
    checkAddress('listenHost', host);
    checkAddress('advertisedAddress', address);
    const thread = options.beside?.thread ?? this.#leastLoaded();
    const spare = this.#openSpare(thread, host, address);
    if (spare !== null) return spare;
    const taken: number[] = [];
    try {
      for (let port = this.#ports.take(); port !== null; port = this.#ports.take()) {
        const session = await this.#openOn(thread, host, address, port);
        if (session !== null) return session;
        taken.push(port);
      }
      for (const other of options.beside === undefined ? this.#threads : []) {
        const kept = this.#openSpare(other, host, address);
        if (kept !== null) return kept;
      }
      throw new MediaError('PORTS_EXHAUSTED');
    } finally {
      // Another process has them now; they may be free again later.
      for (const port of taken) this.#ports.giveBack(port);
    }
  }

  /** How busy each thread is. */
  load(): ThreadLoad[] {
    return [...this.#threads].map((thread) => ({ sessions: thread.size, latestMs: thread.takeLatestMs() }));
  }

  /** Closes all sessions and ends the threads. */
  async close(): Promise<void> {
    this.#isOpen = false;
    clearInterval(this.#checking);
    const threads = [...this.#threads];
    this.#threads.clear();
    await Promise.all(threads.map((thread) => thread.close()));
  }

  /** Null when another process has the port. */
  async #openOn(
    thread: MediaThread,
    host: string,
    address: string,
    port: number,
  ): Promise<MediaSession | null> {
    this.#sessions += 1;
    const id = this.#sessions;
    const session = this.#sessionOn(thread, { id, host, port }, address);
    try {
      await thread.open(id, host, port, (event: SessionEvent) => session.take(event));
      return session;
    } catch (error) {
      if ((error as MediaError).code === 'PORTS_EXHAUSTED') return null;
      thread.forget(id);
      this.#ports.giveBack(port);
      throw error;
    }
  }

  /** A session on a leg that the thread has kept. */
  #openSpare(thread: MediaThread, host: string, address: string): MediaSession | null {
    let session: MediaSession | null = null;
    const leg = thread.takeSpare(host, (event: SessionEvent) => session?.take(event));
    if (leg !== null) session = this.#sessionOn(thread, leg, address);
    return session;
  }

  #sessionOn(thread: MediaThread, leg: SpareLeg, address: string): MediaSession {
    const { id, port } = leg;
    let isOver = false;
    const once = (end: () => void) => () => {
      if (isOver) return;
      isOver = true;
      end();
    };
    return new MediaSession(
      { address, port, rtcpPort: port + 1 },
      {
        id,
        thread,
        call: (method, args) => thread.call(id, method, args),
        release: once(() => {
          thread.forget(id);
          this.#ports.giveBack(port);
        }),
        keep: once(() => thread.keep(leg)),
      },
    );
  }

  #leastLoaded(): MediaThread {
    let best: MediaThread | null = null;
    for (const thread of this.#threads) if (best === null || thread.size < best.size) best = thread;
    if (best === null) throw new MediaError('MEDIA_LOST', 'no media thread is up');
    return best;
  }

  async #startThread(): Promise<void> {
    const { sources, streams } = this.#options;
    const thread = await MediaThread.start(
      this.#entry,
      { sources, streams },
      (lost, failure) => this.#replace(lost, failure),
      (port) => this.#ports.giveBack(port),
    );
    if (this.#isOpen) this.#threads.add(thread);
    else await thread.close();
  }

  #replace(lost: MediaThread, failure: MediaFailure): void {
    this.#threads.delete(lost);
    this.#restart();
    this.emit('threadLost', failure);
  }

  #restart(): void {
    if (!this.#isOpen) return;
    this.#startThread().catch(() => {
      setTimeout(() => this.#restart(), RESTART_AFTER_MS).unref();
    });
  }
}
