import type { ConfigurationSource, FieldPath } from './configuration-source.js';
import { invalid } from './configuration-source.js';
import { resolveReferences } from './references.js';

/** An environment variable that sets a field of a configuration. */
export interface Variable {
  name: string;
  /** The field that it sets. */
  path: readonly [string, ...string[]];
  /** The field's value; throws `INVALID_CONFIGURATION`. */
  parse: (text: string, name: string) => unknown;
  /** Whether `NAME_FILE` may name a file that holds the value. */
  isSecret?: boolean;
}

export const asText = (text: string) => text;
export const asList = (text: string) => text.split(',').map((part) => part.trim());
/** What is no number stays a text, which the schema refuses with the text itself. */
export const asNumber = (text: string) =>
  text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);

/** The variables of the section `redis`, which every service and command reads. */
export const REDIS_VARIABLES: readonly Variable[] = [
  { name: 'OUTDIAL_REDIS_URL', path: ['redis', 'url'], parse: asText, isSecret: true },
  { name: 'OUTDIAL_REDIS_NODES', path: ['redis', 'nodes'], parse: asList, isSecret: true },
  { name: 'OUTDIAL_PREFIX', path: ['redis', 'prefix'], parse: asText },
];

/**
 * Lays the environment over a configuration file: a variable replaces the field that it sets. Throws
 * `INVALID_CONFIGURATION`, also for a section of the file that is no mapping.
 */
export function overlayEnvironment(
  file: ConfigurationSource,
  env: NodeJS.ProcessEnv,
  variables: readonly Variable[],
): ConfigurationSource {
  const content = structuredClone(file.content);
  const setBy = new Map<string, string>();
  for (const variable of variables) {
    const found = readVariable(variable, env);
    if (found === null) continue;
    const [section, field] = variable.path;
    const value = variable.parse(found.text, found.name);
    if (field === undefined) content[section] = value;
    else content[section] = { ...sectionOf(file, section, content), [field]: value };
    setBy.set(variable.path.join('.'), found.name);
  }
  return { content, locate: (path) => variableOf(path, setBy) ?? file.locate(path) };
}

/** A section, which must be a mapping for a field of it to be replaced. */
function sectionOf(
  file: ConfigurationSource,
  name: string,
  content: Record<string, unknown>,
): Record<string, unknown> {
  const section = content[name] ?? {};
  if (typeof section === 'object' && !Array.isArray(section)) return section as Record<string, unknown>;
  throw invalid(`${file.locate([name]) ?? name}: ${name} must be a mapping of fields`);
}

function readVariable(
  { name, isSecret }: Variable,
  env: NodeJS.ProcessEnv,
): { name: string; text: string } | null {
  const text = env[name];
  if (text) return { name, text };
  const path = isSecret ? env[`${name}_FILE`] : undefined;
  if (!path) return null;
  const read = resolveReferences(`\${file:${path}}`, env);
  if ('problem' in read) throw invalid(`${name}_FILE: the file ${path} cannot be read`);
  return { name: `${name}_FILE`, text: read.text };
}

function variableOf(path: FieldPath, setBy: ReadonlyMap<string, string>): string | null {
  for (let length = path.length; length > 0; length--) {
    const name = setBy.get(path.slice(0, length).map(String).join('.'));
    if (name !== undefined) return name;
  }
  return null;
}
