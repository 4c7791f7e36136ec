import { CallQueue, CallResults } from '@outdial/client';
import { Arrivals } from './arrivals.mjs';
import { Child } from './child.mjs';

/** A call may ring so long; nothing here does, and a fault must not hold the run up. */
const SECONDS_TIMEOUT = 30;
const RESULTS_AT_A_TIME = 50;

/** @typedef {import('./load.mjs').Load & { commands: Record<string, number> }} Load */
/** @typedef {Omit<import('@outdial/contract').CallJobInput, 'callTo'>} JobRest */

/** Outdial as a campaign app uses it: a queue, a worker process, and the results. */
export class MeasuredWorker {
  /** @type {CallQueue} */
  #queue;
  /** @type {CallResults} */
  #results;
  #child;
  /** @type {string} */
  #health;
  #arrivals = new Arrivals();

  /** @param {{ queue: CallQueue, results: CallResults, child: Child, health: string }} parts */
  constructor({ queue, results, child, health }) {
    this.#queue = queue;
    this.#results = results;
    this.#child = child;
    this.#health = health;
  }

  /**
   * @param {{ name: string, redisUrl: string, servers: any, logFile: string, routes?: object[], inFlight:
   *   number, media?: 'worker' | 'freeswitch', withLedger?: boolean, countsCommands?: boolean, consumes?: boolean
   *   }} options `name` keeps its keys in Redis apart; `inFlight` calls are held at a time; `media` makes their
   *   audio; `countsCommands`: the commands to Redis are counted; `consumes`: the results are taken
   */
  static async start({
    name,
    redisUrl,
    servers,
    logFile,
    routes = [],
    inFlight,
    media = 'freeswitch',
    withLedger = true,
    countsCommands = false,
    consumes = true,
  }) {
    const prefix = `{bench-${name}}`;
    const configuration = {
      redis: { url: redisUrl, prefix },
      telephony: {
        drachtio: [servers.drachtio],
        media,
        freeswitch: [servers.freeswitch],
        routes,
        allowedSipHosts: ['127.0.0.1'],
        // The pace that spares a server must not be what is measured.
        invitesPerSecond: 10_000,
      },
      lanes: { default: { concurrency: inFlight } },
      health: { port: 0 },
      drainSeconds: 0,
    };
    const [child, { health }] = await Child.start(
      'worker',
      { configuration, withLedger, countsCommands },
      logFile,
    );
    const options = { redis: redisUrl, prefix };
    const measured = new MeasuredWorker({
      queue: new CallQueue(options),
      results: new CallResults(options),
      child,
      health,
    });
    if (consumes) measured.#consume();
    return measured;
  }

  #consume() {
    this.#results.consume(
      ({ state, farEndType }) =>
        this.#arrivals.add({
          isFailed: state === 'ERROR',
          isAnswered: state === 'ANSWERED',
          isLive: farEndType === 'LIVE',
        }),
      { concurrency: RESULTS_AT_A_TIME },
    );
  }

  /**
   * Enqueues a call to each target, and measures until the results of all have been received and nothing is
   * up.
   * @param {readonly string[]} targets
   * @param {JobRest} [job]
   * @returns {Promise<Load>}
   */
  async run(targets, job = {}) {
    await this.#child.ask('commands');
    const cpuBefore = await this.#child.ask('cpuMs');
    const tally = await this.place(targets, job);
    while ((await this.callsUp()) > 0) await pause(20);
    const cpuMs = (await this.#child.ask('cpuMs')) - cpuBefore;
    return { ...tally, cpuMs, commands: await this.#child.ask('commands') };
  }

  /**
   * Enqueues a call to each target, and resolves with the last result. Calls with a plan that holds them are
   * up then.
   * @param {readonly string[]} targets
   * @param {JobRest} [job]
   */
  place(targets, job = {}) {
    return this.placeEach(targets.map((callTo) => ({ callTo, secondsTimeout: SECONDS_TIMEOUT, ...job })));
  }

  /**
   * Enqueues jobs, and resolves with the last result.
   * @param {readonly import('@outdial/contract').CallJobInput[]} jobs
   */
  async placeEach(jobs) {
    const received = this.#arrivals.expect(jobs.length);
    await this.#queue.addBulk(jobs);
    return received;
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
    return this.#child.ask('memory');
  }

  /**
   * How late the worker's event loop is over `ms`, and how much of a core it uses.
   * @param {number} ms
   * @returns {Promise<{ delay: import('./event-loop-delay.mjs').Delay, cpuPercent: number }>}
   */
  async watch(ms) {
    const cpuBefore = await this.#child.ask('cpuMs');
    const startedAt = performance.now();
    await this.#child.ask('startDelay');
    await pause(ms);
    const delay = await this.#child.ask('stopDelay');
    const cpuMs = (await this.#child.ask('cpuMs')) - cpuBefore;
    return { delay, cpuPercent: (100 * cpuMs) / (performance.now() - startedAt) };
  }

  /** Hangs up what is up, and ends the worker. */
  async close() {
    await this.#child.close();
    await Promise.all([this.#queue.close(), this.#results.close()]);
  }
}

/** @param {number} ms */
export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
