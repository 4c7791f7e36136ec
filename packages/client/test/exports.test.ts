import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as client from '../src/index.js';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

/** The names between the braces of an import or export, as they are called outside of it. */
function namesIn(braces: string): string[] {
  return braces
    .split(',')
    .map((name) =>
      name
        .trim()
        .replace(/^type /, '')
        .replace(/^.* as /, ''),
    )
    .filter((name) => name !== '');
}

function namesOf(text: string, statement: 'import' | 'export'): string[] {
  const braces = text.matchAll(new RegExp(`^${statement} (?:type )?\\{([^}]*)\\}`, 'gm'));
  return [...braces].flatMap(([, names = '']) => namesIn(names));
}

const index = readFileSync(join(dist, 'index.d.ts'), 'utf8');
const exported = new Set(namesOf(index, 'export'));
/** Declarations that an app's editor shows: the files that the index exports from. */
const files = [...index.matchAll(/from '(\.[^']+)\.js'/g)].map(([, path = '']) => `${path}.d.ts`);

test('every type that the API names is exported', () => {
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const text = readFileSync(join(dist, file), 'utf8');
    const own = [...text.matchAll(/^import [^;]*from '(?:@outdial|\.)[^;]*;/gm)]
      .map(([line]) => line)
      .join('\n');
    for (const name of namesOf(own, 'import')) expect(exported, `${name}, named in ${file}`).toContain(name);
  }
});

test('what the sources import from node_modules is declared as a dependency', () => {
  const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const sources = readdirSync(fileURLToPath(new URL('../src', import.meta.url)), {
    recursive: true,
    encoding: 'utf8',
  });
  const imported = sources
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [
      ...readFileSync(new URL(`../src/${path}`, import.meta.url), 'utf8').matchAll(/from '([^.'][^']*)'/g),
    ])
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('node:'));
  expect(Object.keys(dependencies).sort()).toEqual([...new Set(imported)].sort());
});

test('internals stay inside', () => {
  const internals = ['Ledger', 'Outbox', 'Lanes', 'RedisAccess', 'LaneWorker', 'resultsOf', 'lanesKey'];
  for (const name of internals) expect(client).not.toHaveProperty(name);
});
