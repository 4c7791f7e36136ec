import { CallQueue, CallResults } from '@outdial/client';
import { Child } from './child.mjs';

/** A call may ring so long; nothing here does, and a fault must not hold the run up. */
const SECONDS_TIMEOUT = 30;
const RESULTS_AT_A_TIME = 50;

/** @typedef {{ seconds: number, cpuMs: number, failed: number, commands: Record<string, number> }} Load */
/** @typedef {Omit<import('@outdial/contract').CallJobInput, 'callTo'>} JobRest */

/** Outdial as a campaign app has it: a queue, a worker process, and the results. */
export class Engine {
  /** @type {CallQueue} */
  #queue;
  /** @type {CallResults} */
  #results;
  #worker;
  /** @type {string} */
  #health;
  #failed = 0;
  #owed = 0;
  #onAllPaid = () => {};

  /** @param {{ queue: CallQueue, results: CallResults, worker: Child, health: string }} parts */
  constructor({ queue, results, worker, health }) {
    this.#queue = queue;
    this.#results = results;
    this.#worker = worker;
    this.#health = health;
  }

  /**
   * @param {{ name: string, redisUrl: string, engines: any, logFile: string, routes?: object[], inFlight: number, withLedger?: boolean, consumes?: boolean }} options
   *   `name` keeps its keys in Redis apart; `inFlight` calls are held at a time; `consumes`: the results are taken
   */
  static async start({
    name,
    redisUrl,
    engines,
    logFile,
    routes = [],
    inFlight,
    withLedger = true,
    consumes = true,
  }) {
    const prefix = `{bench-${name}}`;
    const configuration = {
      redis: { url: redisUrl, prefix },
      telephony: {
        drachtio: [engines.drachtio],
        freeswitch: [engines.freeswitch],
        routes,
        allowedSipHosts: ['127.0.0.1'],
        // The pace that spares a server must not be what is measured.
        invitesPerSecond: 1000,
      },
      lanes: { default: { concurrency: inFlight } },
      health: { port: 0 },
      drainSeconds: 0,
    };
    const [worker, { health }] = await Child.start('worker', { configuration, withLedger }, logFile);
    const options = { redis: redisUrl, prefix };
    const engine = new Engine({
      queue: new CallQueue(options),
      results: new CallResults(options),
      worker,
      health,
    });
    if (consumes) engine.#consume();
    return engine;
  }

  #consume() {
    this.#results.consume(
      (result) => {
        if (result.state === 'ERROR') this.#failed += 1;
        this.#owed -= 1;
        if (this.#owed === 0) this.#onAllPaid();
      },
      { concurrency: RESULTS_AT_A_TIME },
    );
  }

  /**
   * Enqueues a call to each target, and measures until the results of all have been received and nothing is
   * up any more.
   * @param {readonly string[]} targets
   * @param {JobRest} [job]
   * @returns {Promise<Load>}
   */
  async run(targets, job = {}) {
    await this.#worker.ask('commands');
    const cpuBefore = await this.#worker.ask('cpuMs');
    const { seconds, failed } = await this.place(targets, job);
    while ((await this.callsUp()) > 0) await pause(20);
    const cpuMs = (await this.#worker.ask('cpuMs')) - cpuBefore;
    return { seconds, failed, cpuMs, commands: await this.#worker.ask('commands') };
  }

  /**
   * Enqueues a call to each target, and resolves with the last result. Calls with a plan that holds them are
   * up then.
   * @param {readonly string[]} targets
   * @param {JobRest} [job]
   */
  async place(targets, job = {}) {
    this.#failed = 0;
    this.#owed = targets.length;
    const paid = new Promise((resolve) => {
      this.#onAllPaid = () => resolve(undefined);
    });
    const startedAt = performance.now();
    await this.enqueue(targets, job);
    await paid;
    return { seconds: (performance.now() - startedAt) / 1000, failed: this.#failed };
  }

  /**
   * Enqueues a call to each target.
   * @param {readonly string[]} targets
   * @param {JobRest} [job]
   */
  async enqueue(targets, job = {}) {
    await this.#queue.addBulk(targets.map((callTo) => ({ callTo, secondsTimeout: SECONDS_TIMEOUT, ...job })));
  }

  /** From now on at most so many calls are begun a second. @param {number} callsPerSecond */
  setPace(callsPerSecond) {
    return this.#queue.setLaneLimits('default', { callsPerSecond });
  }

  /** @returns {Promise<number>} */
  async callsUp() {
    const response = await fetch(`${this.#health}/livez`);
    return /** @type {{ callsUp: number }} */ (await response.json()).callsUp;
  }

  /** @returns {Promise<{ rss: number, heapUsed: number }>} */
  memory() {
    return this.#worker.ask('memory');
  }

  /**
   * How late the worker's event loop is over `ms`, and how much of a core it uses.
   * @param {number} ms
   * @returns {Promise<{ delay: import('./event-loop-delay.mjs').Delay, cpuPercent: number }>}
   */
  async watch(ms) {
    const cpuBefore = await this.#worker.ask('cpuMs');
    const startedAt = performance.now();
    await this.#worker.ask('startDelay');
    await pause(ms);
    const delay = await this.#worker.ask('stopDelay');
    const cpuMs = (await this.#worker.ask('cpuMs')) - cpuBefore;
    return { delay, cpuPercent: (100 * cpuMs) / (performance.now() - startedAt) };
  }

  /** Hangs up what is up, and ends the worker. */
  async stop() {
    await this.#worker.stop();
    await Promise.all([this.#queue.close(), this.#results.close()]);
  }
}

/** @param {number} ms */
export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
