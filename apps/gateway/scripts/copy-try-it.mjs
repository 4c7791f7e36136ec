// Puts the page to try the API into dist, with the one file of RapiDoc that it needs. Run in the package's folder.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';

cpSync('try-it', 'dist/try-it', { recursive: true });
const rapidoc = readFileSync(createRequire(import.meta.url).resolve('rapidoc/dist/rapidoc-min.js'));
writeFileSync('dist/try-it/rapidoc-min.js', rapidoc);
writeFileSync('dist/try-it/rapidoc-min.js.gz', gzipSync(rapidoc, { level: 9 }));
