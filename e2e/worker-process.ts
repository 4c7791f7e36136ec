import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { WorkerConfigurationInput } from '@outdial/worker';

const WORKER_NODE_ARGS = (process.env.OUTDIAL_TEST_NODE_ARGS ?? '').split(' ').filter(Boolean);
const CLI = fileURLToPath(new URL('../apps/cli/bin/outdial.js', import.meta.url));

/** A worker in a process of its own, for tests that kill it. */
export class WorkerProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts `outdial worker` and waits until it says that it has started. */
  static async start(configuration: WorkerConfigurationInput): Promise<WorkerProcess> {
    const path = join(mkdtempSync(join(tmpdir(), 'outdial-worker-')), 'outdial.yaml');
    // YAML is a superset of JSON.
    writeFileSync(path, JSON.stringify({ ...configuration, logLevel: 'info' }));
    const child = spawn(process.execPath, [...WORKER_NODE_ARGS, CLI, 'worker'], {
      env: { ...process.env, OUTDIAL_CONFIG: path },
      // Over the IPC channel the worker notices when these tests are gone, and ends.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stderr as NonNullable<typeof child.stderr> })) {
      lines.push(line);
      if (line.includes('"worker started"')) {
        child.stderr?.resume();
        return new WorkerProcess(child);
      }
    }
    throw new Error(`the worker did not start:\n${lines.join('\n')}`);
  }

  /** Sends a signal, unless it has ended; the exit status, or null when a signal ended it. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    const [status] = (await exited) as [number | null];
    return status;
  }
}
