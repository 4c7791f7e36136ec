import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, startSipp } from '@outdial/testkit';
import { Child } from './child.mjs';
import { Engine } from './engine.mjs';

/**
 * The parts that the measurements share: Redis with its append-only file on, the switch, and SIPp callees.
 * What a measurement starts on it is stopped with it, the newest first.
 */
export class Stage {
  /** Where the processes' logs and the callees' recordings are. */
  directory = mkdtempSync(join(tmpdir(), 'outdial-bench-'));
  /** @type {Array<() => Promise<unknown>>} */
  #stops = [];
  /** @type {Promise<void> | null} */
  #stopped = null;
  /** @type {Map<string, Promise<any>>} */
  #parts = new Map();

  /** @returns {Promise<import('@outdial/testkit').RedisServer>} */
  redis() {
    return this.#once('redis', async () => {
      const redis = await startRedis({ appendOnly: true });
      this.#stops.push(() => redis.stop());
      return redis;
    });
  }

  /** @returns {Promise<import('@outdial/testkit').Engines>} */
  engines() {
    return this.#once('switch', () => this.#child('switch'));
  }

  /**
   * The address of a SIPp callee that plays a scenario.
   * @param {import('@outdial/testkit').SippScenario} scenario
   * @returns {Promise<string>}
   */
  callee(scenario) {
    return this.#once(scenario, async () => {
      const sipp = await startSipp({ scenario });
      this.#stops.push(() => sipp.stop());
      return `sip:callee@${sipp.address}`;
    });
  }

  /**
   * The bare loop, in a process of its own as the worker is.
   * @returns {Promise<Child>}
   */
  async caller() {
    const engines = await this.engines();
    return this.#once('caller', () => this.#child('caller', engines, (child) => child));
  }

  /**
   * The SIP address of the lab's callees, whose recordings are in `directory`.
   * @returns {Promise<string>}
   */
  labCallees() {
    const options = { recordingsDir: this.directory };
    return this.#once('callees', () => this.#child('callees', options, (_, { address }) => address));
  }

  /** @param {Omit<Parameters<typeof Engine.start>[0], 'redisUrl' | 'engines' | 'logFile'>} options */
  async startEngine(options) {
    const [redis, engines] = await Promise.all([this.redis(), this.engines()]);
    const logFile = join(this.directory, `worker-${options.name}.log`);
    const engine = await Engine.start({ ...options, redisUrl: redis.url, engines, logFile });
    this.#stops.push(() => engine.stop());
    return engine;
  }

  /** Has `stop` called with the other stops. @param {() => Promise<unknown>} stop */
  onStop(stop) {
    this.#stops.push(stop);
  }

  removeDirectory() {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** @returns {Promise<void>} */
  stop() {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll() {
    for (const stop of this.#stops.reverse()) await stop();
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
    this.#stops.push(() => child.stop());
    return use(child, started);
  }
}
