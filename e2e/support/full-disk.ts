import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** A second of a recording of both sides has 32,000 bytes. */
const BYTES = 64 * 1024;

/** A directory whose disk is soon full, or is full for the files that are named. */
export class FullDisk {
  readonly directory: string;
  /** Whether something may be written before it is full. */
  readonly isMounted: boolean;

  private constructor(directory: string, isMounted: boolean) {
    this.directory = directory;
    this.isMounted = isMounted;
  }

  /** A file system of 64 KB where one may be mounted, else one in which `files` lead to /dev/full. */
  static async make(files: readonly string[]): Promise<FullDisk> {
    const directory = await mkdtemp(join(tmpdir(), 'outdial-full-'));
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${BYTES}`, 'tmpfs', directory]);
      return new FullDisk(directory, true);
    } catch {
      for (const file of files) await symlink('/dev/full', join(directory, file));
      return new FullDisk(directory, false);
    }
  }

  async close(): Promise<void> {
    if (this.isMounted) await run('umount', ['-l', this.directory]);
    await rm(this.directory, { recursive: true });
  }
}
