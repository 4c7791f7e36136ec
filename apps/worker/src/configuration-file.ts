import { readFileSync } from 'node:fs';
import { OutdialError } from '@outdial/contract';
import { parse as parseYaml } from 'yaml';

/** What the YAML file holds that `OUTDIAL_CONFIG` names, unchecked; without one, nothing. */
export function readConfigurationFile({ OUTDIAL_CONFIG: path }: NodeJS.ProcessEnv): Record<string, unknown> {
  if (path === undefined) return {};
  try {
    const content: unknown = parseYaml(readFileSync(path, 'utf8')) ?? {};
    if (typeof content === 'object' && !Array.isArray(content)) return content as Record<string, unknown>;
    throw new Error('it is not a mapping');
  } catch (error) {
    throw new OutdialError('INVALID_CONFIGURATION', `cannot read ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** One section of it; empty where there is none. */
export function section(file: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  return (file[name] ?? {}) as Record<string, unknown>;
}
