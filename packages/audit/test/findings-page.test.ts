import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FINDINGS, PROMISES } from '../src/index.js';

const page = readFileSync(new URL('../../../docs/reliability.md', import.meta.url), 'utf8');

describe('docs/reliability.md', () => {
  it.each(Object.entries(FINDINGS))('explains the finding %s in its own words', (code, finding) => {
    expect(page).toContain(`| \`${code}\` | ${finding.promise} | ${finding.meaning} |`);
  });

  it('explains no finding that does not exist', () => {
    const documented = [...page.matchAll(/^\| `([A-Z]+(?:_[A-Z]+)+)` \| \d/gm)].map(([, code]) => code);
    expect(documented).toEqual(Object.keys(FINDINGS));
  });

  it.each(Object.entries(PROMISES))('has promise %s as the findings number it', (number, promise) => {
    expect(page).toContain(`${number}. **${promise.replace(/\.$/, '')}`);
  });

  it('names tests that exist', () => {
    const paths = [...page.matchAll(/`((?:e2e|packages|apps)\/[\w./-]+)`/g)].map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(15);
    const missing = paths.filter((path) => !existsSync(new URL(`../../../${path}`, import.meta.url)));
    expect(missing).toEqual([]);
  });
});
