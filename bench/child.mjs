import { fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';

/** @typedef {{ id: number, result?: unknown, error?: string }} Reply */

const CLOSE_WITHIN_MS = 10_000;

/** A process of the benchmark's own, asked over IPC; it ends by itself when this process is gone. */
export class Child {
  #process;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  #lastId = 0;

  /** @param {import('node:child_process').ChildProcess} process_ */
  constructor(process_) {
    this.#process = process_;
    process_.on('message', (message) => this.#settle(/** @type {Reply} */ (message)));
    process_.once('exit', (code, signal) => this.#fail(`it ended (${signal ?? `status ${code}`})`));
  }

  /**
   * Starts `processes/NAME.mjs`, and waits for what its `start` answers.
   * @param {string} name
   * @param {unknown} options what its `start` gets
   * @param {string} logFile what it prints goes there
   * @returns {Promise<[Child, any]>}
   */
  static async start(name, options, logFile) {
    const log = openSync(logFile, 'a');
    const child = new Child(
      fork(new URL(`./processes/${name}.mjs`, import.meta.url), {
        // As `outdial` runs, and who it is compared with alike. A worker's memory is measured after a collection of its garbage.
        execArgv: [
          ...process.execArgv,
          '--max-semi-space-size=32',
          '--no-allocation-site-pretenuring',
          '--expose-gc',
        ],
        stdio: ['ignore', log, log, 'ipc'],
      }),
    );
    try {
      return [child, await child.ask('start', options)];
    } catch (error) {
      child.#process.kill('SIGKILL');
      throw new Error(`the ${name} process: ${/** @type {Error} */ (error).message}`, { cause: error });
    }
  }

  /**
   * @param {string} method
   * @param {unknown} [argument]
   * @returns {Promise<any>}
   */
  ask(method, argument) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, method, argument }, (error) => {
        if (error !== null) this.#fail(error.message);
      });
    });
  }

  /** Lets it end in good order (its `close`), or after 10 s in any. */
  async close() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), CLOSE_WITHIN_MS);
    await this.ask('close').catch(() => undefined);
    if (this.#process.connected) this.#process.disconnect();
    await exited;
    clearTimeout(timer);
  }

  /** @param {Reply} reply */
  #settle({ id, result, error }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  }

  /** @param {string} why */
  #fail(why) {
    for (const { reject } of this.#waiting.values()) reject(new Error(why));
    this.#waiting.clear();
  }
}

/**
 * The other side, in a process of its own: answers what it is asked, and exits when its parent is gone.
 * @param {Record<string, (argument: any) => unknown>} methods with `start` and `close` among them
 */
export function serve(methods) {
  process.on('message', async (message) => {
    const { id, method, argument } = /** @type {{ id: number, method: string, argument: unknown }} */ (
      message
    );
    /** @param {Omit<Reply, 'id'>} reply */
    const reply = (reply) => void (process.connected && process.send?.({ id, ...reply }));
    try {
      reply({ result: await methods[method]?.(argument) });
    } catch (error) {
      reply({ error: /** @type {Error} */ (error).stack ?? String(error) });
    }
  });
  process.once('disconnect', () => process.exit());
  // Ctrl-C reaches the whole process group; the parent ends its children in order.
  process.on('SIGINT', () => {});
}
