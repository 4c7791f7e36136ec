import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PCM16 = 1;
const RATE = 8000;

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
    await writeFile(join(this.dir, `${name}.wav`), wav(samples));
    return `sip:plays@lab;file=${name}.wav`;
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}

function wav(samples: Int16Array): Buffer {
  const bytes = samples.length * 2;
  const file = Buffer.alloc(44 + bytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + bytes, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(PCM16, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(RATE * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(bytes, 40);
  for (const [n, sample] of samples.entries()) file.writeInt16LE(sample, 44 + 2 * n);
  return file;
}
