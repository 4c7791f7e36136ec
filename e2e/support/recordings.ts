import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatWav } from '@outdial/lab/audio';

/** A directory of recordings for the callee `plays`. */
export class Recordings {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async create(): Promise<Recordings> {
    return new Recordings(await mkdtemp(join(tmpdir(), 'outdial-recordings-')));
  }

  /** Writes `NAME.wav`, 8 kHz 16-bit; returns the address of the callee that plays it. */
  async add(name: string, samples: Int16Array): Promise<string> {
    await writeFile(join(this.dir, `${name}.wav`), formatWav(samples, 'pcm16'));
    return `sip:plays@lab;file=${name}.wav`;
  }

  async close(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}
