import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { loadPrompts, PROMPT_NAMES } from '../../src/audio/prompts.js';
import { SCRIPTS, SILENT } from '../../src/callees/callees.js';
import { DIRECTORY, directoryTable, findCallee } from '../../src/callees/directory.js';

const ASSETS = new URL('../../assets/', import.meta.url);

describe('the directory of callees', () => {
  it('lists exactly the callees that there are', () => {
    const names = DIRECTORY.map(({ name }) => name);
    expect(names.toSorted()).toEqual([...Object.keys(SCRIPTS), SILENT].toSorted());
  });

  it('finds a callee by its name, and by its number with and without a plus', () => {
    for (const entry of DIRECTORY) {
      expect(findCallee(entry.name)).toBe(entry);
      if (entry.number === null) continue;
      expect(findCallee(entry.number)).toBe(entry);
      expect(findCallee(`+${entry.number}`)).toBe(entry);
    }
    expect(findCallee('')).toBeNull();
    expect(findCallee('441632960999')).toBeNull();
    expect(findCallee('+human')).toBeNull();
  });

  it('gives each callee a number of its own, in the range kept for fiction', () => {
    const numbers = DIRECTORY.flatMap(({ number }) => (number === null ? [] : [number]));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.filter((number) => !/^441632960\d{3}$/.test(number))).toEqual([]);
  });

  it('is what docs/lab.md shows', async () => {
    const docs = await readFile(new URL('../../../../docs/lab.md', import.meta.url), 'utf8');
    expect(docs).toContain(directoryTable());
  });
});

describe('the recordings', () => {
  it('are all listed, small, and have their licence noted', async () => {
    const files = (await readdir(ASSETS)).filter((name) => name.endsWith('.wav'));
    expect(files.toSorted()).toEqual(PROMPT_NAMES.map((name) => `${name}.wav`).toSorted());
    const licences = await readFile(new URL('LICENSES.md', ASSETS), 'utf8');
    const named = (name: string) => licences.includes(`\`${name}\``) || /^hello-[1-4]$/.test(name);
    expect(PROMPT_NAMES.filter((name) => !named(name))).toEqual([]);
    const prompts = await loadPrompts();
    const samples = Object.values(prompts).reduce((sum, pcm) => sum + pcm.length, 0);
    expect(samples).toBeLessThan(1_000_000);
  });
});
