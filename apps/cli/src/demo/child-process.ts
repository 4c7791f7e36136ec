import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const OUTDIAL = fileURLToPath(new URL('../../bin/outdial.js', import.meta.url));
const READY_WITHIN_MS = 20_000;
const LOG_LINES_SHOWN = 3;

export interface ChildOptions {
  name: string;
  /** Receives the standard error. */
  logFile: string;
  env?: NodeJS.ProcessEnv;
}

/**
 * A process of the demo. It has its own process group, so that Ctrl-C reaches only the demo, which then
 * closes its children in order. It ends with the demo, however that ends.
 */
export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  /** Rejects when the process ends before `close`. */
  readonly failed: Promise<never>;
  readonly #logFile: string;
  #isClosing = false;

  private constructor(process_: ChildProcess, { name, logFile }: ChildOptions) {
    this.name = name;
    this.process = process_;
    this.#logFile = logFile;
    this.failed = this.#watch();
    // Awaited only in races.
    this.failed.catch(() => undefined);
    const killGroup = () => this.#signalGroup('SIGKILL');
    process.once('exit', killGroup);
    process_.once('exit', () => process.off('exit', killGroup));
  }

  /** Starts an `outdial` command, which ends by itself when its IPC channel to this process is closed. */
  static outdial(args: readonly string[], options: ChildOptions): Child {
    const log = openSync(options.logFile, 'a');
    const child = spawn(process.execPath, [OUTDIAL, ...args], {
      detached: true,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', log, 'ipc'],
    });
    return new Child(child, options);
  }

  /** Starts another program under a shell, which ends it when the pipe from this process is closed. */
  static guarded(program: string, args: readonly string[], options: ChildOptions): Child {
    const log = openSync(options.logFile, 'a');
    const guard = '"$0" "$@" </dev/null & cat >/dev/null; kill $!; wait $!';
    const child = spawn('sh', ['-c', guard, program, ...args], { detached: true, stdio: ['pipe', log, log] });
    return new Child(child, options);
  }

  /** Waits for the first line of standard output, and parses it as JSON. */
  async firstRecord(): Promise<Record<string, unknown>> {
    const lines = createInterface({ input: this.process.stdout as Readable });
    const first = once(lines, 'line').then(([line]) => JSON.parse(line as string) as Record<string, unknown>);
    return Promise.race([first, this.failed, this.#failAfter(READY_WITHIN_MS)]);
  }

  /** Asks the process to end, and kills it after `withinMs`. Resolves when it has ended. */
  async close(withinMs: number): Promise<void> {
    if (this.#hasEnded) return;
    this.#isClosing = true;
    const ended = once(this.process, 'exit');
    if (this.process.stdin === null) this.process.kill('SIGTERM');
    else this.process.stdin.end();
    const timer = setTimeout(() => this.#signalGroup('SIGKILL'), withinMs);
    await ended;
    clearTimeout(timer);
  }

  get #hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  async #watch(): Promise<never> {
    const [code, signal] = await once(this.process, 'exit');
    // Not a failure.
    if (this.#isClosing) return new Promise<never>(() => undefined);
    throw new Error(`the ${this.name} ended (${signal ?? `status ${code}`})${this.#lastLogLines()}`);
  }

  async #failAfter(ms: number): Promise<never> {
    await new Promise((resolve) => setTimeout(resolve, ms).unref());
    throw new Error(`the ${this.name} was not ready in ${ms / 1000} s${this.#lastLogLines()}`);
  }

  #lastLogLines(): string {
    const lines = readFileSync(this.#logFile, 'utf8').trim().split('\n').slice(-LOG_LINES_SHOWN);
    const text = lines.join(' | ');
    return text === '' ? '' : `; its log ends with: ${text}`;
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.process.pid === undefined) return;
    try {
      process.kill(-this.process.pid, signal);
    } catch {
      // The process group does not exist any longer.
    }
  }
}
