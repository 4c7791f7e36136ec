import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Chunk, parse } from 'luaparse';

/** What Redis gives to a script. */
const REDIS_GLOBALS: ReadonlySet<string> = new Set([
  ...['KEYS', 'ARGV', 'redis', 'cjson', 'cmsgpack', 'bit', 'string', 'table', 'math'],
  ...[
    'ipairs',
    'pairs',
    'next',
    'select',
    'tonumber',
    'tostring',
    'type',
    'unpack',
    'error',
    'pcall',
    'assert',
  ],
]);

/** A Lua script of a folder, with what is wrong with it. */
export interface LuaFile {
  /** Its path within the folder. */
  path: string;
  text: string;
  problems: string[];
}

/**
 * Parses every `.lua` file of a folder as Lua 5.1, which Redis runs. `common` names the file that is put before each of the
 * others. A global that neither Redis nor who runs the scripts (`defined`) defines is a problem: it is a misspelt local. So is a file
 * without a header comment.
 */
export function checkLuaFiles(
  folder: URL,
  { common, defined = [] }: { common?: string; defined?: readonly string[] } = {},
): LuaFile[] {
  const root = fileURLToPath(folder);
  const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
  const prelude = common === undefined ? '' : read(common);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.lua'))
    .sort()
    .map((path) => {
      const text = read(path);
      const header = text.startsWith('--[[') ? [] : ['it has no header'];
      return {
        path,
        text,
        problems: [...header, ...parseProblems(path === common ? text : prelude + text, defined)],
      };
    });
}

function parseProblems(text: string, defined: readonly string[]): string[] {
  try {
    // Its types lack what the option `scope` adds.
    const chunk: Chunk & { globals?: ReadonlyArray<{ name: string }> } = parse(text, {
      luaVersion: '5.1',
      scope: true,
    });
    return (chunk.globals ?? [])
      .filter(({ name }) => !REDIS_GLOBALS.has(name) && !defined.includes(name))
      .map(({ name }) => `${name} is not defined`);
  } catch (error) {
    return [(error as Error).message];
  }
}
