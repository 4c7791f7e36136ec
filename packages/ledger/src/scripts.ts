import * as callScripts from './lua/call-scripts.js';
import * as outboxScripts from './lua/outbox-scripts.js';
import { PRELUDE } from './lua/prelude.js';
import * as workerScripts from './lua/worker-scripts.js';
import type { RedisClient } from './redis-client.js';

const SCRIPTS = {
  claim: callScripts.CLAIM,
  unclaim: callScripts.UNCLAIM,
  record: callScripts.RECORD,
  settle: callScripts.SETTLE,
  end: callScripts.END,
  release: callScripts.RELEASE,
  requestCancel: callScripts.REQUEST_CANCEL,
  heartbeat: workerScripts.HEARTBEAT,
  retire: workerScripts.RETIRE,
  lostWorkers: workerScripts.LOST_WORKERS,
  takeOver: workerScripts.TAKE_OVER,
  leave: workerScripts.LEAVE,
  unpublished: outboxScripts.UNPUBLISHED,
  markPublished: outboxScripts.MARK_PUBLISHED,
  trim: outboxScripts.TRIM,
} as const;
export type ScriptName = keyof typeof SCRIPTS;

/** Runs one of the ledger's scripts; what it answers is for the caller to know. */
export type RunScript = <Answer>(
  name: ScriptName,
  ...args: ReadonlyArray<string | number>
) => Promise<Answer>;

/** Defines the scripts on a connection; ioredis sends each by its digest, and in full where Redis lacks it. */
export function defineScripts(redis: RedisClient, prefix: string): RunScript {
  for (const [name, lua] of Object.entries(SCRIPTS)) {
    redis.defineCommand(`outdial-${name}`, { numberOfKeys: 1, lua: PRELUDE + lua });
  }
  const commands = redis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  return async <Answer>(name: ScriptName, ...args: ReadonlyArray<string | number>) => {
    const command = commands[`outdial-${name}`];
    if (command === undefined) throw new TypeError(`no script ${name}`);
    return (await command.call(redis, prefix, ...args)) as Answer;
  };
}
