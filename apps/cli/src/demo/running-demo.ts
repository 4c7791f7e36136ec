import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';

/** A demo that is up in this directory: other commands use it, unless their environment says otherwise. */
export interface RunningDemo {
  pid: number;
  /** Its worker's configuration file. */
  configuration: string;
  redis: { url: string; prefix: string };
}

const DIRECTORY = '.outdial';
const FILE = `${DIRECTORY}/demo.json`;

export function announceDemo(demo: RunningDemo): void {
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(FILE, `${JSON.stringify(demo)}\n`);
}

/** Takes back what `announceDemo` wrote; synchronous, since it is also called as the process exits. */
export function withdrawDemo(): void {
  if (findRunningDemo()?.pid !== process.pid) return;
  rmSync(FILE, { force: true });
  try {
    rmdirSync(DIRECTORY);
  } catch {
    // Not empty: somebody else keeps something there.
  }
}

/** Null when none is up: one that was killed leaves its file behind. */
export function findRunningDemo(): RunningDemo | null {
  try {
    const demo = JSON.parse(readFileSync(FILE, 'utf8')) as RunningDemo;
    process.kill(demo.pid, 0);
    return demo;
  } catch {
    return null;
  }
}
