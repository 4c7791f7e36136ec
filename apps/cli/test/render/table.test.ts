import { describe, expect, it } from 'vitest';
import { type Column, table, truncateDestination } from '../../src/render/table.js';
import { plain } from '../support/plain.js';

interface Fruit {
  name: string;
  grams: number;
}
const FRUIT: readonly Fruit[] = [
  { name: 'fig', grams: 50 },
  { name: 'pomegranate', grams: 280 },
];
const NAME: Column<Fruit> = { title: 'name', cell: ({ name }) => name };
const GRAMS: Column<Fruit> = { title: 'grams', cell: ({ grams }) => String(grams), align: 'right' };

describe('a table', () => {
  it('has a line of titles, columns as wide as their widest cell, and no trailing spaces', () => {
    expect(plain(table([NAME, GRAMS], FRUIT))).toEqual([
      'name         grams',
      'fig             50',
      'pomegranate    280',
    ]);
    expect(plain(table([GRAMS, NAME], FRUIT))).toEqual(['grams  name', '   50  fig', '  280  pomegranate']);
  });

  it('has only its titles without rows', () => {
    expect(plain(table([NAME, GRAMS], []))).toEqual(['name  grams']);
  });

  it('truncates cells that are longer than the maximum of their column', () => {
    expect(plain(table([{ ...NAME, maxWidth: 6 }], FRUIT))).toEqual(['name', 'fig', 'pomeg…']);
  });

  it('narrows the widest columns until it fits, down to a minimum width', () => {
    expect(plain(table([NAME, GRAMS], FRUIT, { width: 16 }))).toEqual([
      'name       grams',
      'fig           50',
      'pomegran…    280',
    ]);
    expect(plain(table([NAME, GRAMS], FRUIT, { width: 5 }))).toEqual([
      'name    grams',
      'fig        50',
      'pomeg…    280',
    ]);
  });

  it('leaves out optional columns that do not fit, the last one first', () => {
    const optional = (title: string): Column<Fruit> => ({ ...GRAMS, title, isOptional: true });
    const columns = [NAME, optional('first'), optional('second')];
    expect(plain(table(columns, FRUIT, { width: 26 }))[0]).toBe('name         first  second');
    expect(plain(table(columns, FRUIT, { width: 25 }))[0]).toBe('name         first');
    expect(plain(table(columns, FRUIT, { width: 9 }))[0]).toBe('name');
  });

  it('keeps the last digits of a telephone number, and the beginning of a SIP address', () => {
    expect(truncateDestination('+441632960001', 8)).toBe('…2960001');
    expect(truncateDestination('sip:human@lab', 8)).toBe('sip:hum…');
  });

  it('colours a cell that has its final width', () => {
    const coloured = { ...NAME, colour: (text: string, { grams }: Fruit) => `<${text}|${grams}>` };
    expect(table([coloured, GRAMS], FRUIT)[1]).toBe('<fig        |50>     50');
    expect(table([GRAMS, coloured], FRUIT)[1]).toBe('   50  <fig|50>');
  });
});
