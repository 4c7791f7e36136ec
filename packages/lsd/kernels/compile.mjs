/**
 * Compiles the kernels and writes `src/kernels-code.ts`.
 * usage: node kernels/compile.mjs
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const OPTIONS = ['--baseDir', PACKAGE, '-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd'];

/**
 * The kernels as a module of TypeScript; the same source gives the same text.
 * @throws {Error} with the compiler's message when it does not compile
 */
export async function compile() {
  /** @type {Uint8Array} */
  let binary = new Uint8Array();
  const { error, stderr } = await asc.main(['kernels/index.ts', ...OPTIONS, '--outFile', 'kernels.wasm'], {
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binary = contents;
    },
  });
  if (error) throw new Error(`the kernels do not compile: ${error.message}\n${stderr}`);
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,100}/g);
  return [
    '// Written by kernels/compile.mjs; not edited by hand.',
    '// biome-ignore format: generated',
    'export const KERNELS = `',
    ...(lines ?? []),
    '`;',
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(`${PACKAGE}/src/kernels-code.ts`, await compile());
