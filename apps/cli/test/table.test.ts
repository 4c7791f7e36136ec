import { describe, expect, it } from 'vitest';
import { type Column, table } from '../src/render/table.js';
import { plain } from './plain.js';

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
  it('has a line of titles, columns as wide as their widest cell, and no white space at the ends of lines', () => {
    expect(plain(table([NAME, GRAMS], FRUIT))).toEqual([
      'name         grams',
      'fig             50',
      'pomegranate    280',
    ]);
    expect(plain(table([GRAMS, NAME], FRUIT))).toEqual(['grams  name', '   50  fig', '  280  pomegranate']);
  });

  it('is its titles alone without rows', () => {
    expect(plain(table([NAME, GRAMS], []))).toEqual(['name  grams']);
  });

  it('cuts cells that are longer than their column may be', () => {
    expect(plain(table([{ ...NAME, maxWidth: 6 }], FRUIT))).toEqual(['name', 'fig', 'pomeg…']);
  });

  it('takes from the widest column until it fits, but not beyond what can still be read', () => {
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

  it('paints a cell once it has its width', () => {
    const painted = { ...NAME, paint: (text: string, { grams }: Fruit) => `<${text}|${grams}>` };
    expect(table([painted, GRAMS], FRUIT)[1]).toBe('<fig        |50>     50');
    expect(table([GRAMS, painted], FRUIT)[1]).toBe('   50  <fig|50>');
  });
});
