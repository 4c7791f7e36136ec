import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PREFIX } from '@outdial/contract';
import type { RedisTarget } from '../connection.js';
import { Child } from './child.js';
import { startRedis } from './redis.js';
import { announceDemo, withdrawDemo } from './running-demo.js';

/**
 * What a child may take to end in good order. A worker that has just given a silent callee up would wait 32 s for
 * the end of its SIP transaction (RFC 3261, timer B); here the callee ends with us.
 */
const STOP_WITHIN_MS = 3000;

/** All that it takes to place calls on one machine, each part a process of its own. */
export interface Network {
  redis: RedisTarget;
  /** Rejects when a part ends by itself. */
  failed: Promise<never>;
  /** Where the parts keep their data and logs. */
  directory: string;
  /** Ends every part, callers first; the directory goes unless it is to be kept. */
  stop(options: { keepDirectory: boolean }): Promise<void>;
}

/** Starts Redis, a lab and a worker; when one does not come up, those that did are ended. */
export async function startNetwork(): Promise<Network> {
  const directory = mkdtempSync(join(tmpdir(), 'outdial-demo-'));
  const removeDirectory = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', removeDirectory);
  const children: Child[] = [];
  const track = (child: Child): Child => {
    children.unshift(child);
    return child;
  };
  const stop = async ({ keepDirectory }: { keepDirectory: boolean }) => {
    withdrawDemo();
    // The newest first: the worker needs Redis and the lab to settle its calls.
    for (const child of children) await child.stop(STOP_WITHIN_MS);
    process.off('exit', removeDirectory);
    if (!keepDirectory) removeDirectory();
  };
  try {
    const redis = await startRedis(directory);
    track(redis.child);
    const lab = track(Child.outdial(['lab', '--json'], { name: 'lab', logFile: join(directory, 'lab.log') }));
    const [{ telephony }] = await Promise.all([lab.firstRecord(), redis.ready]);
    const target = { url: redis.url, prefix: DEFAULT_PREFIX };
    const configuration = { redis: target, telephony, health: { port: 0 }, drainSeconds: 0 };
    // JSON is YAML.
    const file = join(directory, 'outdial.yaml');
    writeFileSync(file, JSON.stringify(configuration, null, 2));
    const worker = track(startWorker(file, join(directory, 'worker.log')));
    await worker.firstRecord();
    announceDemo({ pid: process.pid, configuration: file, redis: target });
    process.once('exit', withdrawDemo);
    const failed = Promise.race(children.map((child) => child.failed));
    failed.catch(() => undefined);
    return { redis: target, failed, directory, stop };
  } catch (error) {
    await stop({ keepDirectory: false });
    throw error;
  }
}

/** The worker heeds its configuration alone, not what the environment says of other servers. */
function startWorker(configuration: string, logFile: string): Child {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('OUTDIAL_')),
  );
  return Child.outdial(['worker', '--json'], {
    name: 'worker',
    logFile,
    env: { ...env, OUTDIAL_CONFIG: configuration },
  });
}
