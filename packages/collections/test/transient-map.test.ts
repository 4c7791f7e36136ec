import { describe, expect, test } from 'vitest';
import { TransientMap } from '../src/index.js';

describe('TransientMap', () => {
  test('is filled as a Map is', () => {
    const map = new TransientMap([['a', 1]]);
    map.set('b', 2).set('a', 3);
    expect([...map]).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
    expect(new Map(map)).toEqual(new Map([...map.entries()]));
  });

  test('has what was set and not deleted', () => {
    const map = new TransientMap([
      ['a', 1],
      ['b', 2],
    ]);
    expect(map.delete('a')).toBe(true);
    expect(map.delete('a')).toBe(false);
    expect(map.has('a')).toBe(false);
    expect(map.get('a')).toBeUndefined();
    expect(map.get('b')).toBe(2);
    expect(map.size).toBe(1);
    expect([[...map.keys()], [...map.values()]]).toEqual([['b'], [2]]);
  });

  test('tells a key without a value from one that it does not have', () => {
    const map = new TransientMap<string, undefined>([['a', undefined]]);
    expect(map.has('a')).toBe(true);
    expect(map.delete('a')).toBe(true);
    expect(map.has('a')).toBe(false);
  });

  test('goes on over what is deleted and added meanwhile, as a Map does', () => {
    const map = new TransientMap([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    const seen: string[] = [];
    for (const [key] of map) {
      seen.push(key);
      map.delete('b');
      if (key === 'c') map.set('d', 4);
    }
    expect(seen).toEqual(['a', 'c', 'd']);
  });

  test('forEach gives value, key and the map', () => {
    const map = new TransientMap([['a', 1]]);
    const seen: unknown[] = [];
    map.forEach((...given) => {
      seen.push(given);
    });
    expect(seen).toEqual([[1, 'a', map]]);
  });

  test('is empty once cleared', () => {
    const map = new TransientMap([['a', 1]]);
    map.clear();
    expect([map.size, ...map]).toEqual([0]);
  });
});
