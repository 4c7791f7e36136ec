/**
 * Packs @outdial/client and what it needs of this workspace, once it is built: `node scripts/pack.mjs DIRECTORY`. Prints
 * the tarballs, which `npm install` takes all at once.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from './setup.mjs';

const [directory = 'packed'] = process.argv.slice(2);
const target = resolve(directory);
mkdirSync(target, { recursive: true });

/** @type {Set<string>} */
const folders = new Set();
const add = (/** @type {string} */ name) => {
  const folder = `packages/${name.replace('@outdial/', '')}`;
  if (folders.has(folder)) return;
  folders.add(folder);
  const { dependencies = {} } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  for (const dependency of Object.keys(dependencies)) if (dependency.startsWith('@outdial/')) add(dependency);
};
add('@outdial/client');

const packages = [...folders].map((folder) => `./${folder}`);
const output = execFileSync(
  'npm',
  ['pack', '--json', '--ignore-scripts', '--pack-destination', target, ...packages],
  { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
);
for (const { filename } of Object.values(JSON.parse(output)))
  process.stdout.write(`${join(target, filename)}\n`);
