import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const OUTDIAL = fileURLToPath(new URL('../../bin/outdial.js', import.meta.url));

/** A directory of the test's own, in which no demo is running. */
export const directory = mkdtempSync(join(tmpdir(), 'outdial-cli-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
  /** Standard output's lines as JSON. */
  records: () => Array<Record<string, unknown>>;
}

export type Environment = Readonly<Record<string, string>>;

function start(args: readonly string[], env: Environment, cwd: string): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('OUTDIAL_'));
  return spawn(process.execPath, [OUTDIAL, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...env },
    stdio: 'pipe',
  });
}

/** Runs the real command to its end. */
export async function outdial(
  args: readonly string[],
  env: Environment = {},
  input = '',
  cwd = directory,
): Promise<Ended> {
  const child = start(args, env, cwd);
  child.stdin?.end(input);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout as Readable),
    text(child.stderr as Readable),
    once(child, 'exit'),
  ]);
  return { status, stdout, stderr, records: () => toRecords(stdout) };
}

function toRecords(stdout: string): Array<Record<string, unknown>> {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** A command that goes on until it is told to stop. */
export class Running {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  readonly #ended: Promise<unknown[]>;
  readonly #stderr: Promise<string>;

  constructor(args: readonly string[], env: Environment, cwd = directory) {
    this.process = start(args, env, cwd);
    this.#stderr = text(this.process.stderr as Readable);
    this.#ended = once(this.process, 'exit');
    this.#reader = createInterface({ input: this.process.stdout as Readable });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done) throw new Error('it ended without another line');
    return next.value;
  }

  async record(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.line());
  }

  /** All that it has printed and was not read yet, on standard output and error; once it has ended. */
  async rest(): Promise<string> {
    const lines: string[] = [];
    for (let next = await this.#lines.next(); !next.done; next = await this.#lines.next())
      lines.push(next.value);
    return [...lines, await this.#stderr].join('\n');
  }

  /** Signals it, and answers its exit status. */
  stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.process.kill(signal);
    return this.ended();
  }

  /** Its exit status, once it has ended. */
  async ended(): Promise<number | null> {
    const [status] = await this.#ended;
    return status as number | null;
  }

  /** For a test's clean-up, whatever has become of it. */
  kill(): void {
    this.process.kill('SIGKILL');
  }
}
