import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, startSipp } from '@outdial/testkit';
import { join as joinSounds, recording, silence } from '@outdial/testkit/sounds';
import { Child } from './child.mjs';
import { MeasuredPeer } from './measured-peer.mjs';
import { MeasuredWorker } from './measured-worker.mjs';

/**
 * The parts that the benchmarks share: Redis with its append-only file on, the telephony servers, and SIPp
 * callees. What a measurement starts on it is closed with it, in reverse order.
 */
export class TestNetwork {
  /** Where the processes' logs and the callees' recordings are. */
  directory = mkdtempSync(join(tmpdir(), 'outdial-bench-'));
  /** @type {Array<() => Promise<unknown>>} */
  #closers = [];
  /** @type {Promise<void> | null} */
  #closed = null;
  /** @type {Map<string, Promise<any>>} */
  #parts = new Map();
  /** @type {Child | null} */
  #labCallees = null;

  /** @returns {Promise<import('@outdial/testkit').RedisServer>} */
  redis() {
    return this.#once('redis', async () => {
      const redis = await startRedis({ appendOnly: true });
      this.#closers.push(() => redis.close());
      return redis;
    });
  }

  /** @returns {Promise<import('@outdial/testkit').Servers>} */
  servers() {
    return this.#once('servers', () => this.#child('servers'));
  }

  /**
   * The address of a SIPp callee that plays a scenario.
   * @param {import('@outdial/testkit').SippScenario} scenario
   * @returns {Promise<string>}
   */
  async callee(scenario) {
    const { address } = await this.sipp(scenario);
    return `sip:callee@${address}`;
  }

  /**
   * A SIPp callee that plays a scenario, with its log.
   * @param {import('@outdial/testkit').SippScenario} scenario
   * @returns {Promise<import('@outdial/testkit').Sipp>}
   */
  sipp(scenario) {
    return this.#once(`sipp ${scenario}`, async () => {
      const sipp = await startSipp({ scenario });
      this.#closers.push(() => sipp.close());
      return sipp;
    });
  }

  /**
   * The address of a callee that answers and says a short word, over and over, as somebody does who is not heard.
   * @returns {Promise<string>}
   */
  speakingCallee() {
    return this.#once('speaking callee', async () => {
      const speech = joinSounds(recording('hello'), silence(2000));
      const sipp = await startSipp({ scenario: 'answers-and-speaks', speech });
      this.#closers.push(() => sipp.close());
      return `sip:callee@${sipp.address}`;
    });
  }

  /**
   * A process that has endpoints and calls by drachtio's libraries alone.
   * @returns {Promise<Child>}
   */
  async bareCaller() {
    const servers = await this.servers();
    return this.#once('bare caller', () => this.#child('peer', { servers }, (child) => child));
  }

  /** @param {Omit<Parameters<typeof MeasuredPeer.start>[0], 'redisUrl' | 'servers' | 'logFile'>} options */
  async startPeer(options) {
    const [redis, servers] = await Promise.all([this.redis(), this.servers()]);
    const logFile = join(this.directory, `peer-${options.name}.log`);
    const peer = await MeasuredPeer.start({ ...options, redisUrl: redis.url, servers, logFile });
    this.#closers.push(() => peer.close());
    return peer;
  }

  /**
   * The SIP address of the lab's callees, whose recordings are in `directory`.
   * @returns {Promise<string>}
   */
  labCallees() {
    const options = { recordingsDir: this.directory };
    return this.#once('callees', () =>
      this.#child('callees', options, (child, { address }) => {
        this.#labCallees = child;
        return address;
      }),
    );
  }

  /**
   * When the lab's callees got the ACK of their answer, by Call-ID, in epoch milliseconds.
   * @returns {Promise<Array<[string, number]>>}
   */
  async acknowledgements() {
    return (await this.#labCallees?.ask('acknowledgements')) ?? [];
  }

  /**
   * A gateway in a process of its own, with a key of scope admin, and how much memory it has.
   * @param {{ redis: string, prefix: string, webhooks?: Record<string, unknown> }} options
   * @returns {Promise<{ url: string, key: string, memory: () => Promise<{ rss: number, heapUsed: number }> }>}
   */
  startGateway(options) {
    return this.#child('gateway', options, (child, started) => ({
      ...started,
      memory: () => child.ask('memory'),
    }));
  }

  /**
   * Subscribers to a gateway's events, in a process of their own.
   * @param {{ url: string, key: string, subscribers: number }} options
   * @returns {Promise<Child>}
   */
  startSubscribers(options) {
    return this.#child('subscribers', options, (child) => child);
  }

  /** @param {Omit<Parameters<typeof MeasuredWorker.start>[0], 'redisUrl' | 'servers' | 'logFile'>} options */
  async startWorker(options) {
    const [redis, servers] = await Promise.all([this.redis(), this.servers()]);
    const logFile = this.logFileOf(options.name);
    const worker = await MeasuredWorker.start({ ...options, redisUrl: redis.url, servers, logFile });
    this.#closers.push(() => worker.close());
    return worker;
  }

  /** Where a worker writes its log. @param {string} name */
  logFileOf(name) {
    return join(this.directory, `worker-${name}.log`);
  }

  /** Registers what `close` is to call. @param {() => Promise<unknown>} closer */
  onClose(closer) {
    this.#closers.push(closer);
  }

  removeDirectory() {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** @returns {Promise<void>} */
  close() {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll() {
    for (const closer of this.#closers.reverse()) await closer();
  }

  /**
   * @template T
   * @param {string} name
   * @param {() => Promise<T>} start
   * @returns {Promise<T>}
   */
  #once(name, start) {
    const part = this.#parts.get(name) ?? start();
    this.#parts.set(name, part);
    return part;
  }

  /**
   * @param {string} name
   * @param {unknown} [options]
   * @param {(child: Child, started: any) => any} [use]
   */
  async #child(name, options = {}, use = (_, started) => started) {
    const [child, started] = await Child.start(name, options, join(this.directory, `${name}.log`));
    this.#closers.push(() => child.close());
    return use(child, started);
  }
}
