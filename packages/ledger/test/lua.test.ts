import { checkLuaFiles } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';

const files = checkLuaFiles(new URL('../src/lua/', import.meta.url), {
  common: 'common.lua',
  defined: ['NAMES'],
});

describe('the ledger’s Lua scripts', () => {
  it.each(files)('$path parses, and uses nothing that is not defined', ({ problems }) => {
    expect(problems).toEqual([]);
  });

  it.each(files.filter(({ path }) => path !== 'common.lua'))('$path says what it answers', ({ text }) => {
    const header = text.slice(0, text.indexOf(']]'));
    expect(header).toMatch(/\nAnswer:/);
    if (/\bARGV\b/.test(text)) expect(header).toMatch(/\nArguments: /);
  });
});
