import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, expect, test } from 'vitest';
import { TransientMap } from '../src/index.js';

const AT_A_TIME = 50;
const ENTRIES = 20_000;
/** A collection of young objects after so many, as with calls: most are over by then. */
const BETWEEN_COLLECTIONS = 100;
const NUMBERS = 1000;
/** All values together have 160 MB. */
const KEPT_MAX_BYTES = 10_000_000;

let collectYoung: () => void;

beforeAll(() => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void;
  collect();
  collectYoung = () => collect({ type: 'minor' });
});

test('of deleted entries hardly anything becomes an old object', () => {
  const map = new TransientMap<string, { numbers: number[] }>();
  const before = oldBytes();
  for (let i = 0; i < ENTRIES; i += 1) {
    map.set(`entry ${i}`, { numbers: Array.from({ length: NUMBERS }, (_, at) => at + 0.5) });
    map.delete(`entry ${i - AT_A_TIME}`);
    // What is there at the beginning becomes old: the map's table, too.
    if (i < AT_A_TIME || i % BETWEEN_COLLECTIONS === 0) collectYoung();
  }
  expect(map.size).toBe(AT_A_TIME);
  expect(oldBytes() - before).toBeLessThan(KEPT_MAX_BYTES);
});

function oldBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name: name }) => name === 'old_space')
    .reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);
}
