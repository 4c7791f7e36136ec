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
  /** What it prints on standard error goes here. */
  logFile: string;
  env?: NodeJS.ProcessEnv;
}

/**
 * A process of the demo, in a process group of its own, so that Ctrl-C reaches the demo alone, which then stops its
 * children in order. It dies with the demo, however that ends.
 */
export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  /** Rejects when it ends before it was told to. */
  readonly failed: Promise<never>;
  readonly #logFile: string;
  #isStopping = false;

  private constructor(process_: ChildProcess, { name, logFile }: ChildOptions) {
    this.name = name;
    this.process = process_;
    this.#logFile = logFile;
    this.failed = this.#watch();
    // Whoever is interested races with it.
    this.failed.catch(() => undefined);
    const killGroup = () => this.#signalGroup('SIGKILL');
    process.once('exit', killGroup);
    process_.once('exit', () => process.off('exit', killGroup));
  }

  /** Starts another `outdial` command, which ends by itself when its IPC channel to us is gone. */
  static outdial(args: readonly string[], options: ChildOptions): Child {
    const log = openSync(options.logFile, 'a');
    const child = spawn(process.execPath, [OUTDIAL, ...args], {
      detached: true,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', log, 'ipc'],
    });
    return new Child(child, options);
  }

  /** Starts a program that knows nothing of us: a shell ends it when its input from us is gone. */
  static guarded(program: string, args: readonly string[], options: ChildOptions): Child {
    const log = openSync(options.logFile, 'a');
    const guard = '"$0" "$@" </dev/null & cat >/dev/null; kill $!; wait $!';
    const child = spawn('sh', ['-c', guard, program, ...args], { detached: true, stdio: ['pipe', log, log] });
    return new Child(child, options);
  }

  /** The first line that it prints, as JSON. */
  async firstRecord(): Promise<Record<string, unknown>> {
    const lines = createInterface({ input: this.process.stdout as Readable });
    const first = once(lines, 'line').then(([line]) => JSON.parse(line as string) as Record<string, unknown>);
    return Promise.race([first, this.failed, this.#lateAfter(READY_WITHIN_MS)]);
  }

  /** Ends it in good order, or after `withinMs` in any. */
  async stop(withinMs: number): Promise<void> {
    if (this.#hasEnded) return;
    this.#isStopping = true;
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
    // Told to end, it has not failed.
    if (this.#isStopping) return new Promise<never>(() => undefined);
    throw new Error(`the ${this.name} ended (${signal ?? `status ${code}`})${this.#lastWords()}`);
  }

  async #lateAfter(ms: number): Promise<never> {
    await new Promise((resolve) => setTimeout(resolve, ms).unref());
    throw new Error(`the ${this.name} was not ready in ${ms / 1000} s${this.#lastWords()}`);
  }

  #lastWords(): string {
    const lines = readFileSync(this.#logFile, 'utf8').trim().split('\n').slice(-LOG_LINES_SHOWN);
    const words = lines.join(' | ');
    return words === '' ? '' : `; its last words: ${words}`;
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.process.pid === undefined) return;
    try {
      process.kill(-this.process.pid, signal);
    } catch {
      // The whole group is gone.
    }
  }
}
