import { expect, it } from 'vitest';
import { IdLines } from '../src/id-lines.js';

it('every id of a large file is known by the line in which it was seen first', () => {
  const ids = new IdLines();
  const rows = 50_000;
  for (let line = 1; line <= rows; line++) expect(ids.note(`row-${line}`, line)).toBeUndefined();
  for (let line = 1; line <= rows; line++) expect(ids.note(`row-${line}`, rows + line)).toBe(line);
});
