import { type ChildProcess, fork } from 'node:child_process';
import { openSync } from 'node:fs';

interface Reply {
  id: number;
  result?: unknown;
  error?: string;
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/** A part of the network in a process of its own, asked over IPC; it ends with this process. */
export class PartProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** Runs `processes/NAME.mjs`; what it prints goes to the log file. */
  constructor(name: string, logFile: string) {
    const log = openSync(logFile, 'a');
    this.#child = fork(new URL(`./processes/${name}.mjs`, import.meta.url), {
      stdio: ['ignore', log, log, 'ipc'],
    });
    this.#child.on('message', (message) => this.#settle(message as Reply));
    this.#child.once('exit', (code, signal) => {
      const error = new Error(`the ${name} process ended (${signal ?? `status ${code}`}); see ${logFile}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  ask<Result>(method: string, argument?: unknown): Promise<Result> {
    const id = ++this.#lastId;
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.#child.send({ id, method, argument }, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }

  #settle({ id, result, error }: Reply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  }
}
