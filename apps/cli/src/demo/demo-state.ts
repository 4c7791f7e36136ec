import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';

/** A demo that is running in this directory. Other commands use it unless their environment names another Redis. */
export interface DemoState {
  pid: number;
  /** The configuration file of its worker. */
  configuration: string;
  redis: { url: string; prefix: string };
}

const DIRECTORY = '.outdial';
const FILE = `${DIRECTORY}/demo.json`;

/** Writes the state file. Returns false, and changes nothing, when another demo is running in this directory. */
export function writeDemoState(demo: DemoState): boolean {
  // A demo that was killed leaves its file behind.
  if (readDemoState() === null) rmSync(FILE, { force: true });
  mkdirSync(DIRECTORY, { recursive: true });
  try {
    writeFileSync(FILE, `${JSON.stringify(demo)}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the state file of this process. Synchronous, because it is also called at exit. */
export function removeDemoState(): void {
  if (readDemoState()?.pid !== process.pid) return;
  rmSync(FILE, { force: true });
  try {
    rmdirSync(DIRECTORY);
  } catch {
    // The directory contains other files.
  }
}

/** Null when no demo is running in this directory. */
export function readDemoState(): DemoState | null {
  try {
    const demo = JSON.parse(readFileSync(FILE, 'utf8')) as DemoState;
    process.kill(demo.pid, 0);
    return demo;
  } catch {
    return null;
  }
}
