/** `npm run secrets`: writes `.env` with random secrets for docker-compose.yml; an existing file is left as it is. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { ROOT } from './setup.mjs';

const file = process.argv[2] ?? `${ROOT}.env`;
const names = readFileSync(`${ROOT}.env.example`, 'utf8').match(/^\w+(?==$)/gm) ?? [];
const text = [
  '# The secrets of docker-compose.yml. Keep this file private.',
  ...names.map((name) => `${name}=${randomBytes(24).toString('hex')}`),
  '',
].join('\n');
try {
  writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  process.stderr.write(`${file} written\n`);
} catch (error) {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  process.stderr.write(`${file} exists already, and was not changed\n`);
  process.exitCode = 1;
}
