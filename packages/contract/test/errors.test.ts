import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../src/index.js';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

describe('docs/errors.md', () => {
  it.each(Object.entries(ERROR_CODES))('explains %s in the words of the code', (code, description) => {
    expect(page).toContain(`| \`${code}\` | ${description} |`);
  });

  it('explains no code that does not exist', () => {
    const documented = [...page.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, code]) => code);
    expect(documented.sort()).toEqual(Object.keys(ERROR_CODES).sort());
  });
});
