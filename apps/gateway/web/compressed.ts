import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXTS = ['.css', '.html', '.js', '.svg'];

/** Puts a `.br` and a `.gz` beside each file that was built, so that the gateway compresses nothing while it serves. */
export function compressed(): Plugin {
  let directory = '';
  return {
    name: 'compressed',
    apply: 'build',
    configResolved({ root, build }) {
      directory = join(root, build.outDir);
    },
    closeBundle() {
      for (const path of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
        if (!TEXTS.includes(extname(path))) continue;
        const content = readFileSync(join(directory, path));
        writeFileSync(join(directory, `${path}.br`), brotliCompressSync(content));
        writeFileSync(join(directory, `${path}.gz`), gzipSync(content, { level: 9 }));
      }
    },
  };
}
