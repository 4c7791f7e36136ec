import { copyFileSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DEFAULT_PREFIX } from '@outdial/contract';
import { promptFile } from '@outdial/lab';
import { RedisAccess } from '@outdial/queue';
import type { RedisTarget } from '../queue/connection.js';
import { Child } from './child-process.js';
import { removeDemoState, writeDemoState } from './demo-state.js';
import { startRedis } from './redis.js';
import { ESPEAK, speaks } from './speech.js';

/**
 * How long a child process may take to end. A worker that has just cancelled a call to a silent callee would
 * wait 32 s for the end of the SIP transaction (RFC 3261, timer B), but here the callee ends too.
 */
const CLOSE_WITHIN_MS = 3000;

/** The file that asks for a key. */
const QUESTION = promptFile('business');

/** Everything that is needed to place calls on one machine. Each part is a process. */
export interface Network {
  redis: RedisTarget;
  /** Rejects when a part ends unexpectedly. */
  failed: Promise<never>;
  /** Other commands in this directory use it by default; false when an earlier demo is running here. */
  isDefault: boolean;
  /** The data and logs of the parts. */
  directory: string;
  /** Where calls are recorded; it stays. */
  recordings: string;
  /** The file that asks for a key, where the media of the calls find it. */
  question: string;
  /** Starts a gateway on a free port, with a key of scope admin. */
  startGateway(): Promise<DemoGateway>;
  /** Ends all parts, the worker first, and removes the directory unless it is to be kept. */
  close(options: { keepDirectory: boolean }): Promise<void>;
}

/** The demo's gateway. */
export interface DemoGateway {
  url: string;
  /** The text of an API key. */
  key: string;
  /** Rejects when it ends unexpectedly. */
  failed: Promise<never>;
}

/** Who makes the media of the demo's calls. */
export type DemoMedia = 'auto' | 'worker' | 'freeswitch';

/** Starts Redis, a lab and a worker. When one of them fails to start, the others are ended. */
export async function startNetwork(media: DemoMedia): Promise<Network> {
  const directory = mkdtempSync(join(tmpdir(), 'outdial-demo-'));
  const removeDirectory = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', removeDirectory);
  const recordings = mkdtempSync(join(tmpdir(), 'outdial-recordings-'));
  const sounds = join(directory, 'sounds');
  mkdirSync(sounds);
  // With `auto` the worker does not have it, so that its call is FreeSWITCH's, and both makers of media are at work.
  const question = media === 'worker' ? join(sounds, basename(QUESTION)) : QUESTION;
  if (media === 'worker') copyFileSync(QUESTION, question);
  const children: Child[] = [];
  const track = (child: Child): Child => {
    children.unshift(child);
    return child;
  };
  const close = async ({ keepDirectory }: { keepDirectory: boolean }) => {
    removeDemoState();
    // In reverse order of their start: the worker needs Redis and the lab to settle its calls.
    for (const child of children) await child.close(CLOSE_WITHIN_MS);
    process.off('exit', removeDirectory);
    if (!keepDirectory) removeDirectory();
    removeIfEmpty(recordings);
  };
  try {
    const redis = await startRedis(directory);
    track(redis.child);
    const lab = track(Child.outdial(['lab', '--json'], { name: 'lab', logFile: join(directory, 'lab.log') }));
    const [{ telephony }] = await Promise.all([lab.firstRecord(), redis.ready]);
    const target = { url: redis.url, prefix: DEFAULT_PREFIX };
    const configuration = {
      redis: target,
      telephony: {
        ...(telephony as object),
        media,
        recordings: { directory: recordings },
        streams: { allowedHosts: ['127.0.0.1'] },
        sounds: { directory: sounds },
      },
      ...(speaks() ? { speech: { command: [ESPEAK, '--stdout', '-v', '{language}'] } } : {}),
      health: { port: 0 },
      // Receivers of webhooks are on this machine too.
      gateway: {
        port: 0,
        webhooks: { allowedNetworks: ['127.0.0.1'] },
        recordings: { directory: recordings },
      },
      drainSeconds: 0,
    };
    // JSON is YAML.
    const file = join(directory, 'outdial.yaml');
    writeFileSync(file, JSON.stringify(configuration, null, 2));
    const worker = track(startService('worker', file, directory));
    await worker.firstRecord();
    const isDefault = writeDemoState({ pid: process.pid, configuration: file, redis: target });
    process.once('exit', removeDemoState);
    const failed = Promise.race(children.map((child) => child.failed));
    failed.catch(() => undefined);
    const startGateway = async (): Promise<DemoGateway> => {
      const gateway = track(startService('gateway', file, directory));
      const [{ url }, key] = await Promise.all([gateway.firstRecord(), createKey(target)]);
      return { url: String(url), key, failed: gateway.failed };
    };
    return { redis: target, failed, directory, recordings, question, isDefault, startGateway, close };
  } catch (error) {
    await close({ keepDirectory: false });
    throw error;
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It holds recordings, or is gone.
  }
}

/** A worker or a gateway. It uses only its configuration file, not the environment. */
function startService(name: 'worker' | 'gateway', configuration: string, directory: string): Child {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([variable]) => !variable.startsWith('OUTDIAL_')),
  );
  return Child.outdial([name, '--json'], {
    name,
    logFile: join(directory, `${name}.log`),
    env: { ...env, OUTDIAL_CONFIG: configuration },
  });
}

async function createKey({ url, prefix }: RedisTarget): Promise<string> {
  const { ApiKeys } = await import('@outdial/gateway/keys');
  const access = new RedisAccess({ redis: url, prefix });
  try {
    const { text } = await new ApiKeys(access).create({ name: 'demo', scopes: ['admin'] });
    return text;
  } finally {
    await access.close();
  }
}
