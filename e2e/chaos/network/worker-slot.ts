import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { IsHeldBy } from '@outdial/testkit';
import type { WorkerConfigurationInput } from '@outdial/worker';
import type { FaultLinks } from '../../support/fault-links.js';

const CLI = fileURLToPath(new URL('../../../apps/cli/bin/outdial.js', import.meta.url));
/**
 * A worker that was told to stop and takes longer is killed. It gives its calls 45 s, and Redis 15 s more.
 */
const STOP_WITHIN_MS = 75_000;
/** A worker does not start without Redis; as a supervisor would, it is tried again. */
const START_WITHIN_MS = 60_000;
const START_PAUSE_MS = 300;

interface RunningWorker {
  child: ChildProcess;
  workerId: string;
}

/** How a worker ended that was not killed; status null: by a signal. */
export interface WorkerExit {
  workerId: string;
  wasTold: boolean;
  status: number | null;
  /** Jobs that it says it has left to another worker. */
  left: string[];
}

export interface WorkerSlotOptions {
  /** Where its configurations and its log are written; what they are called is added to it. */
  path: string;
  /** For a worker whose connections run through the links; `listenPort` is new for each. */
  configure: (listenPort: number, advertisedPort: number) => WorkerConfigurationInput;
}

/** One of several workers: it can be killed, frozen, stopped and cut off, and is replaced by another process. */
export class WorkerSlot {
  readonly links: FaultLinks;
  readonly #options: WorkerSlotOptions;
  readonly #children = new Set<ChildProcess>();
  readonly #told = new Set<ChildProcess>();
  #running: RunningWorker | null = null;
  readonly #kills: Array<{ workerId: string; atMs: number }> = [];
  readonly #exits: WorkerExit[] = [];
  readonly #closers: Promise<void>[] = [];
  #launches = 0;
  #isOver = false;

  constructor(links: FaultLinks, options: WorkerSlotOptions) {
    this.links = links;
    this.#options = options;
  }

  /** The killed workers, and when (epoch milliseconds). */
  get kills(): ReadonlyArray<{ workerId: string; atMs: number }> {
    return this.#kills;
  }

  /** The workers that ended without being killed. */
  get exits(): readonly WorkerExit[] {
    return this.#exits;
  }

  /** Whether a socket belongs to a worker of the slot. */
  holds(isHeldBy: IsHeldBy): boolean {
    return [...this.#children].some(({ pid }) => isHeldBy(pid));
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
    if (killed !== null && isRunning(killed.child)) {
      this.#kills.push({ workerId: killed.workerId, atMs: Date.now() });
      await killOutright(killed.child);
    }
    await delay(downMs);
    await this.start();
  }

  /**
   * SIGSTOP, and SIGCONT after a while: by a shell, so that it goes on even if this process dies meanwhile.
   */
  async freeze(durationMs: number): Promise<void> {
    const pid = this.#running?.child.pid;
    if (pid === undefined) return;
    const script = 'kill -STOP $0 && sleep $1 && kill -CONT $0';
    await once(spawn('sh', ['-c', script, String(pid), String(durationMs / 1000)]), 'exit');
  }

  /** SIGTERM, with another worker started at once, as in a rolling restart; resolves when that one runs. */
  async roll(): Promise<void> {
    if (this.#running !== null) this.#closers.push(this.#stop(this.#running.child));
    await this.start();
  }

  /** Resolves when all that were stopped by SIGTERM are gone. */
  async stopped(): Promise<void> {
    await Promise.all(this.#closers);
  }

  /** Kills every worker of the slot: the run is over. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#children].map(killOutright));
  }

  async close(): Promise<void> {
    await this.end();
    await this.links.close();
  }

  async #launch(): Promise<RunningWorker> {
    const { path, configure } = this.#options;
    const configurationFile = `${path}-${++this.#launches}.yaml`;
    const { listenPort, advertisedPort } = await this.links.openReturnProxy();
    // YAML is a superset of JSON.
    writeFileSync(configurationFile, JSON.stringify(configure(listenPort, advertisedPort), null, 2));
    const logFile = `${path}.log`;
    const log = openSync(logFile, 'a');
    // With an IPC channel it ends by itself when this process is gone.
    const child = spawn(process.execPath, [CLI, 'worker', '--json'], {
      env: { ...process.env, OUTDIAL_CONFIG: configurationFile },
      stdio: ['ignore', 'pipe', log, 'ipc'],
    });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    const lines = createInterface({ input: child.stdout as Readable });
    const ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`a worker ended (${signal ?? `status ${code}`}); see ${logFile}`);
    });
    ended.catch(() => undefined);
    const [line] = await Promise.race([once(lines, 'line'), ended]);
    const { workerId } = JSON.parse(line as string) as { workerId: string };
    child.once('exit', (status) => {
      if (this.#isOver || this.#kills.some((kill) => kill.workerId === workerId)) return;
      const left = jobsLeftBy(workerId, logFile);
      this.#exits.push({ workerId, wasTold: this.#told.has(child), status, left });
    });
    return { child, workerId };
  }

  async #stop(child: ChildProcess): Promise<void> {
    if (!isRunning(child)) return;
    this.#told.add(child);
    const exited = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(timer);
  }
}

function jobsLeftBy(workerId: string, logFile: string): string[] {
  const lines = readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes(workerId) && line.includes('left to another worker'));
  return lines.map((line) => (JSON.parse(line) as { jobId: string }).jobId);
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function killOutright(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
