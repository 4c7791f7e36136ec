import { checkLuaFiles } from '@outdial/testkit';
import { expect, it } from 'vitest';

it.each([
  ...checkLuaFiles(new URL('../../src/webhooks/lua/', import.meta.url), { common: 'common.lua' }),
  ...checkLuaFiles(new URL('../../src/leadership/lua/', import.meta.url)),
  ...checkLuaFiles(new URL('../../src/keys/lua/', import.meta.url)),
])('$path is Lua 5.1 that Redis runs', ({ problems }) => {
  expect(problems).toEqual([]);
});
