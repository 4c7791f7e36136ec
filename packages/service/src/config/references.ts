import { readFileSync } from 'node:fs';

const REFERENCE = /\$?\$\{(file:)?([^}]+)\}/g;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Replaces `${NAME}` by the environment variable and `${file:PATH}` by the file's content without its last line break, so
 * that secrets need not be in the configuration; `$${` stands for `${` itself. A missing one is a problem, never an empty text.
 */
export function resolveReferences(
  text: string,
  env: NodeJS.ProcessEnv,
): { text: string } | { problem: string } {
  let problem: string | null = null;
  const resolved = text.replace(REFERENCE, (whole, isFile: string | undefined, name: string) => {
    if (whole.startsWith('$$')) return whole.slice(1);
    const value = isFile === undefined ? fromEnvironment(name, env) : fromFile(name);
    if (value === null) {
      problem ??=
        isFile === undefined
          ? `${whole}: the environment variable ${name} is not set`
          : `${whole}: the file ${name} cannot be read`;
    }
    return value ?? '';
  });
  return problem === null ? { text: resolved } : { problem };
}

function fromEnvironment(name: string, env: NodeJS.ProcessEnv): string | null {
  return VARIABLE.test(name) ? (env[name] ?? null) : null;
}

function fromFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return null;
  }
}
