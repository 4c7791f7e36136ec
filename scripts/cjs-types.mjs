/**
 * Part of a package's build: the declarations of dist/ once more under dist/require/, where they count as CommonJS. Node
 * 20.19 and later `require` the very same ES modules, but TypeScript under `node16` refuses to let CommonJS code import
 * declarations that count as ES modules.
 */
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const TARGET = 'require';
rmSync(join('dist', TARGET), { recursive: true, force: true });
for (const path of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  if (!path.endsWith('.d.ts')) continue;
  const copy = join('dist', TARGET, path);
  mkdirSync(dirname(copy), { recursive: true });
  cpSync(join('dist', path), copy);
}
writeFileSync(join('dist', TARGET, 'package.json'), '{ "type": "commonjs" }\n');
