import { readFile } from 'node:fs/promises';
import { parseWav } from '@outdial/lab/audio';

const RATE = 8000;
const HEADER_BYTES = 44;
const WINDOW = 80;
const LOUD = 2000;

/** A recording as it is in its file: 16-bit PCM at 8 kHz. */
export interface RecordedFile {
  ms: number;
  /** One, or the callee and our side. */
  channels: Int16Array[];
}

/** Reads a recording. Throws where the header promises more than there is. */
export async function readRecorded(path: string): Promise<RecordedFile> {
  const file = await readFile(path);
  // That others can read it, too.
  const { samples } = parseWav(file);
  const count = file.readUInt16LE(22);
  const frames = file.readUInt32LE(40) / (2 * count);
  if (frames !== samples.length || HEADER_BYTES + frames * 2 * count > file.length)
    throw new Error(`${path}: the header does not tell what is there`);
  const channels = Array.from({ length: count }, (_, channel) =>
    Int16Array.from({ length: frames }, (_frame, n) =>
      file.readInt16LE(HEADER_BYTES + 2 * (n * count + channel)),
    ),
  );
  return { ms: (frames * 1000) / RATE, channels };
}

/** How much of it is loud, in ms. */
export function loudMs(pcm: Int16Array | undefined): number {
  return loudParts(pcm).reduce((sum, { ms }) => sum + ms, 0);
}

/** How loud a tone of so many Hz is in it at the loudest: the greatest amplitude of any 100 ms (Goertzel's algorithm). */
export function amplitudeAt(hz: number, pcm: Int16Array = new Int16Array()): number {
  const window = RATE / 10;
  const turn = 2 * Math.cos((2 * Math.PI * hz) / RATE);
  let loudest = 0;
  for (let at = 0; at + window <= pcm.length; at += window) {
    let [last, before] = [0, 0];
    for (const sample of pcm.subarray(at, at + window))
      [last, before] = [sample + turn * last - before, last];
    const power = last * last + before * before - turn * last * before;
    loudest = Math.max(loudest, (2 * Math.sqrt(Math.max(0, power))) / window);
  }
  return loudest;
}

/** Its loud parts, in ms from its start; gaps of less than 60 ms are none. */
export function loudParts(pcm: Int16Array = new Int16Array()): Array<{ atMs: number; ms: number }> {
  const parts: Array<{ atMs: number; ms: number }> = [];
  for (let at = 0; at < pcm.length; at += WINDOW) {
    if (!pcm.subarray(at, at + WINDOW).some((sample) => Math.abs(sample) > LOUD)) continue;
    const atMs = (at * 1000) / RATE;
    const last = parts.at(-1);
    if (last !== undefined && atMs - last.atMs - last.ms < 60) last.ms = atMs + 10 - last.atMs;
    else parts.push({ atMs, ms: 10 });
  }
  return parts;
}
