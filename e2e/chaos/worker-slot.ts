import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../apps/cli/bin/outdial.js', import.meta.url));
/** A worker that was told to stop and takes longer is killed. */
const STOP_WITHIN_MS = 60_000;
/** A worker does not start without Redis; as a supervisor would, it is tried again. */
const START_WITHIN_MS = 60_000;
const START_PAUSE_MS = 300;

interface RunningWorker {
  child: ChildProcess;
  workerId: string;
}

export interface WorkerSlotOptions {
  configurationFile: string;
  logFile: string;
}

/** The place of one worker of several: what runs there is killed, frozen, stopped, and followed by another. */
export class WorkerSlot {
  readonly #options: WorkerSlotOptions;
  readonly #children = new Set<ChildProcess>();
  #running: RunningWorker | null = null;
  readonly #kills: Array<{ workerId: string; atMs: number }> = [];
  readonly #stops: Promise<number | null>[] = [];

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
  }

  /** Who was killed here, and when (epoch milliseconds). */
  get kills(): ReadonlyArray<{ workerId: string; atMs: number }> {
    return this.#kills;
  }

  /** Starts a worker; resolves when it takes jobs. */
  async start(): Promise<void> {
    const startedAt = performance.now();
    for (;;) {
      try {
        this.#running = await this.#launch();
        return;
      } catch (error) {
        if (performance.now() - startedAt > START_WITHIN_MS) throw error;
        await delay(START_PAUSE_MS);
      }
    }
  }

  /** SIGKILL, and another worker after a while. */
  async kill(downMs: number): Promise<void> {
    const killed = this.#running;
    if (killed !== null) {
      const exited = once(killed.child, 'exit');
      this.#kills.push({ workerId: killed.workerId, atMs: Date.now() });
      killed.child.kill('SIGKILL');
      await exited;
    }
    await delay(downMs);
    await this.start();
  }

  /** SIGSTOP, and SIGCONT after a while: by a shell, so that it goes on even if this process dies meanwhile. */
  async freeze(durationMs: number): Promise<void> {
    const pid = this.#running?.child.pid;
    if (pid === undefined) return;
    const script = 'kill -STOP $0 && sleep $1 && kill -CONT $0';
    await once(spawn('sh', ['-c', script, String(pid), String(durationMs / 1000)]), 'exit');
  }

  /** SIGTERM, with another worker started at once, as in a rolling restart; resolves when that one runs. */
  async roll(): Promise<void> {
    if (this.#running !== null) this.#stops.push(stop(this.#running.child));
    await this.start();
  }

  /** The exit statuses of all that were stopped by SIGTERM, once they are gone; null: it had to be killed. */
  stopped(): Promise<Array<number | null>> {
    return Promise.all(this.#stops);
  }

  /** Ends whatever runs here. */
  async end(): Promise<void> {
    await Promise.all(
      [...this.#children].map(async (child) => {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }),
    );
  }

  async #launch(): Promise<RunningWorker> {
    const log = openSync(this.#options.logFile, 'a');
    // With an IPC channel it ends by itself when this process is gone.
    const child = spawn(process.execPath, [CLI, 'worker', '--json'], {
      env: { ...process.env, OUTDIAL_CONFIG: this.#options.configurationFile },
      stdio: ['ignore', 'pipe', log, 'ipc'],
    });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    const lines = createInterface({ input: child.stdout as Readable });
    const ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`a worker ended (${signal ?? `status ${code}`}); see ${this.#options.logFile}`);
    });
    ended.catch(() => undefined);
    const [line] = await Promise.race([once(lines, 'line'), ended]);
    const { workerId } = JSON.parse(line as string) as { workerId: string };
    return { child, workerId };
  }
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  child.kill('SIGTERM');
  const [status] = (await exited) as [number | null];
  clearTimeout(timer);
  return status;
}
