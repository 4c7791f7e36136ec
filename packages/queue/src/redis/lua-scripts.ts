import { readFileSync } from 'node:fs';
import type { RedisClient } from './redis-client.js';

/** Runs a script by its name; the script's header says what its arguments and its answer are. */
export type RunScript<Name extends string> = <Answer>(
  name: Name,
  ...args: ReadonlyArray<string | number>
) => Promise<Answer>;

/**
 * Defines Lua scripts on a connection. ioredis sends each by its digest, and in full where Redis does not have it yet.
 * `keys` are what every script gets as `KEYS`; they share one hash tag. `namespace` keeps names apart from others on the
 * same connection.
 */
export function defineScripts<Name extends string>(
  redis: RedisClient,
  {
    namespace,
    scripts,
    keys,
  }: { namespace: string; scripts: Readonly<Record<Name, string>>; keys: readonly string[] },
): RunScript<Name> {
  for (const [name, lua] of Object.entries<string>(scripts)) {
    redis.defineCommand(`${namespace}-${name}`, { numberOfKeys: keys.length, lua });
  }
  const commands = redis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  return async <Answer>(name: Name, ...args: ReadonlyArray<string | number>) => {
    const command = commands[`${namespace}-${name}`];
    if (command === undefined) throw new TypeError(`no script ${name}`);
    return (await command.call(redis, ...keys, ...args)) as Answer;
  };
}

/** Reads the `.lua` files of a folder: by script, its path within the folder. `common` is put before each. */
export function readScripts<Name extends string>(
  folder: URL,
  { common, files }: { common?: string; files: Readonly<Record<Name, string>> },
): Record<Name, string> {
  const read = (path: string) => readFileSync(new URL(`${path}.lua`, folder), 'utf8');
  const prelude = common === undefined ? '' : read(common);
  const entries = Object.entries<string>(files).map(([name, path]) => [name, prelude + read(path)]);
  return Object.fromEntries(entries) as Record<Name, string>;
}
