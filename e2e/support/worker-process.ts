import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { IsHeldBy } from '@outdial/testkit';
import type { WorkerConfigurationInput } from '@outdial/worker';

const WORKER_NODE_ARGS = (process.env.OUTDIAL_TEST_NODE_ARGS ?? '').split(' ').filter(Boolean);
const CLI = fileURLToPath(new URL('../../apps/cli/bin/outdial.js', import.meta.url));

/** A worker in a process of its own, for tests that kill it. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #log: string[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #exit: Promise<number | null>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    const lines = createInterface({ input: child.stderr as Readable });
    lines.on('line', (line) => {
      this.#log.push(line);
      for (const look of this.#waiting) look();
    });
    this.#exit = once(child, 'exit').then(([status]) => {
      for (const look of this.#waiting) look();
      return status as number | null;
    });
  }

  /** Every line of its log so far. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** Runs `outdial worker`, and does not wait for it. */
  static launch(
    configuration: WorkerConfigurationInput,
    logLevel: WorkerConfigurationInput['logLevel'] = 'info',
    env: NodeJS.ProcessEnv = {},
  ): WorkerProcess {
    const path = join(mkdtempSync(join(tmpdir(), 'outdial-worker-')), 'outdial.yaml');
    // YAML is a superset of JSON.
    writeFileSync(path, JSON.stringify({ ...configuration, logLevel }));
    const child = spawn(process.execPath, [...WORKER_NODE_ARGS, CLI, 'worker'], {
      env: { ...process.env, ...env, OUTDIAL_CONFIG: path },
      // Over the IPC channel the worker notices when these tests are gone, and ends.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    return new WorkerProcess(child);
  }

  /** Starts `outdial worker` and waits until it says that it has started. */
  static async start(...args: Parameters<typeof WorkerProcess.launch>): Promise<WorkerProcess> {
    const worker = WorkerProcess.launch(...args);
    await worker.logged('"worker started"');
    return worker;
  }

  /** Resolves once its log holds this text; rejects when it ends without. */
  logged(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (how: () => void) => {
        this.#waiting.delete(look);
        how();
      };
      const look = () => {
        if (this.#log.some((line) => line.includes(text))) settle(resolve);
        else if (!this.#isRunning)
          settle(() => reject(new Error(`the worker ended without ${text}:\n${this.#log.join('\n')}`)));
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Whether a socket is its own. */
  holds(isHeldBy: IsHeldBy): boolean {
    return isHeldBy(this.#child.pid);
  }

  /** Sends a signal, unless it has ended; the exit status, or null when a signal ended it. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    this.signal(signal);
    return this.#exit;
  }

  /** Sends a signal that it may survive. */
  signal(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void {
    if (this.#isRunning) this.#child.kill(signal);
  }

  get #isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}
