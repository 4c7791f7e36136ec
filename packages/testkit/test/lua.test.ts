import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { checkLuaFiles } from '../src/redis/lua.js';

it('finds Lua that does not parse, globals that Redis does not define, and missing headers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outdial-lua-'));
  try {
    const files = {
      'common.lua': '--[[ ]]\nlocal now = 1\n',
      'good.lua': "--[[ ]]\nreturn {now, redis.call('TIME'), tonumber(ARGV[1])}",
      'misspelt.lua': '--[[ ]]\nreturn nwo',
      'assigned.lua': '--[[ ]]\ncount = 1\nreturn now',
      'unfinished.lua': '--[[ ]]\nif now then',
      'bare.lua': 'return now',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const checked = checkLuaFiles(pathToFileURL(folder), { common: 'common.lua' });
    expect(Object.fromEntries(checked.map(({ path, problems }) => [path, problems]))).toEqual({
      'assigned.lua': ['count is not defined'],
      'bare.lua': ['it has no header'],
      'common.lua': [],
      'good.lua': [],
      'misspelt.lua': ['nwo is not defined'],
      'unfinished.lua': [expect.stringContaining('end')],
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
