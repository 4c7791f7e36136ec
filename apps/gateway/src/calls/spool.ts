import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CallJob } from '@outdial/contract';

/** Jobs of one piece that is written or read. */
const PIECE = 1000;

/** Checked jobs on the disk, because a million of them are too many for memory, and none is queued before all are checked. */
export class Spool implements AsyncDisposable {
  readonly #folder: string;
  #jobs = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes all jobs to a file below `directory`, which its owner alone may read. What `jobs` throws is thrown on. */
  static async write(jobs: AsyncIterable<CallJob>, directory: string = tmpdir()): Promise<Spool> {
    const spool = new Spool(await mkdtemp(join(directory, 'outdial-upload-')));
    try {
      await spool.#write(jobs);
      return spool;
    } catch (error) {
      await spool[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** How many jobs there are. */
  get jobs(): number {
    return this.#jobs;
  }

  /** The jobs, a thousand at a time. */
  async *read(): AsyncGenerator<CallJob[], void, undefined> {
    const lines = createInterface({
      input: createReadStream(this.#file),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    let piece: CallJob[] = [];
    for await (const line of lines) {
      piece.push(JSON.parse(line) as CallJob);
      if (piece.length < PIECE) continue;
      yield piece;
      piece = [];
    }
    if (piece.length > 0) yield piece;
  }

  /** Removes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.#folder, 'jobs.ndjson');
  }

  async #write(jobs: AsyncIterable<CallJob>): Promise<void> {
    const file = await open(this.#file, 'wx', 0o600);
    try {
      let lines: string[] = [];
      for await (const job of jobs) {
        lines.push(`${JSON.stringify(job)}\n`);
        this.#jobs += 1;
        if (lines.length < PIECE) continue;
        await file.write(lines.join(''));
        lines = [];
      }
      await file.write(lines.join(''));
    } finally {
      await file.close();
    }
  }
}
