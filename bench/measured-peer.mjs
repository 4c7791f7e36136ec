import { Queue, Worker } from 'bullmq';
import { Arrivals } from './arrivals.mjs';
import { Child } from './child.mjs';

const RESULTS_AT_A_TIME = 50;

/** The plain BullMQ worker of `processes/peer.mjs`, loaded and watched as `MeasuredWorker` is. */
export class MeasuredPeer {
  #calls;
  #results;
  #child;
  #arrivals = new Arrivals();

  /** @param {{ child: Child, redisUrl: string, prefix: string }} options */
  constructor({ child, redisUrl, prefix }) {
    const connection = { url: redisUrl };
    this.#child = child;
    this.#calls = new Queue('calls', { connection, prefix });
    this.#results = new Worker(
      'results',
      async ({ data }) =>
        this.#arrivals.add({ isFailed: data.status === null, isAnswered: data.status === 200 }),
      { connection, prefix, concurrency: RESULTS_AT_A_TIME, removeOnComplete: { count: 1000 } },
    );
  }

  /**
   * @param {{ name: string, redisUrl: string, servers: any, logFile: string, inFlight: number,
   *   withEndpoints: boolean }} options
   */
  static async start({ name, redisUrl, servers, logFile, inFlight, withEndpoints }) {
    const prefix = `{bench-${name}}`;
    const [child] = await Child.start('peer', { servers }, logFile);
    await child.ask('work', { redisUrl, prefix, inFlight, withEndpoints });
    return new MeasuredPeer({ child, redisUrl, prefix });
  }

  /**
   * Enqueues a call to each target, and measures until the results of all have been received.
   * @param {readonly string[]} targets
   * @returns {Promise<import('./load.mjs').Load>}
   */
  async run(targets) {
    const cpuBefore = await this.#child.ask('cpuMs');
    const arrived = this.#arrivals.expect(targets.length);
    await this.#calls.addBulk(
      targets.map((callTo) => ({
        name: 'call',
        data: { callTo },
        opts: { removeOnComplete: 1000, removeOnFail: 1000 },
      })),
    );
    const tally = await arrived;
    return { ...tally, cpuMs: (await this.#child.ask('cpuMs')) - cpuBefore };
  }

  async close() {
    await this.#child.close();
    await Promise.all([this.#calls.close(), this.#results.close()]);
  }
}
