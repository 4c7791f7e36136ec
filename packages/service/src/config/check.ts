import { type FieldIssue, OutdialError, plainWords } from '@outdial/contract';
import { z } from 'zod';
import type { ConfigurationSource, FieldPath } from './configuration-source.js';
import { nearest } from './nearest.js';

/** A field below which there may be secrets, whatever the service. */
const SECRET_SECTION = 'redis.nodes';
const SECRET_NAMES = /secret|password|credential|token|key|url$/i;
/** How many issues one message names. */
const ISSUES_SHOWN_MAX = 10;

export interface CheckOptions {
  /** The words for fields that are absent, by path. */
  missing?: Readonly<Record<string, string>>;
  /** Fields below which there may be secrets, by path: no text from there is shown, even from a wrong place. */
  secretSections?: readonly string[];
}

/**
 * Checks a configuration. Throws `OutdialError` `INVALID_CONFIGURATION`, whose message names each invalid field, where it
 * came from, and what is wrong with it, in our own words and without secrets.
 */
export function checkConfiguration<Schema extends z.ZodType>(
  schema: Schema,
  source: ConfigurationSource,
  options: CheckOptions = {},
): z.output<Schema> {
  const parsed = schema.safeParse(source.content, { error: plainWords });
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.flatMap((issue) => issuesOf(issue, schema, source, options));
  const shown = found.slice(0, ISSUES_SHOWN_MAX).map(describe);
  const more = found.length - shown.length;
  const message = `invalid configuration: ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  throw new OutdialError('INVALID_CONFIGURATION', message, { issues: found.map(({ issue }) => issue) });
}

interface LocatedIssue {
  issue: FieldIssue;
  location: string | null;
}

function issuesOf(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  source: ConfigurationSource,
  { missing = {}, secretSections = [] }: CheckOptions,
): LocatedIssue[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownField([...issue.path, key], schema, source));
  // What is wrong with the name of a field is told inside.
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  const path = issue.path.map(String).join('.');
  const isMissing = issue.code === 'invalid_type' && valueAt(source.content, issue.path) === undefined;
  if (isMissing && missing[path] !== undefined)
    return [{ issue: { path, message: missing[path] }, location: null }];
  const value = shownValue(issue, source, secretSections);
  return [
    {
      issue: { path, message, ...(value !== undefined && { value }) },
      location: source.locate(issue.path),
    },
  ];
}

function unknownField(path: FieldPath, schema: z.ZodType, source: ConfigurationSource): LocatedIssue {
  const known = fieldsAt(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), path.slice(0, -1));
  const guess = nearest(String(path.at(-1)), known);
  const message = guess === null ? 'is an unknown field' : `is an unknown field; did you mean ${guess}?`;
  return { issue: { path: path.map(String).join('.'), message }, location: source.locate(path) };
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
}

/** The names of the fields that the mapping at a path may have. */
function fieldsAt(schema: unknown, path: FieldPath): string[] {
  let at: JsonSchema | undefined = schema as JsonSchema;
  for (const key of path) {
    at = schemaOf(at, key);
  }
  return Object.keys(at?.properties ?? {});
}

function schemaOf(parent: JsonSchema | undefined, key: PropertyKey): JsonSchema | undefined {
  if (typeof key === 'number') return parent?.items;
  const others = parent?.additionalProperties;
  return parent?.properties?.[String(key)] ?? (typeof others === 'object' ? others : undefined);
}

/** The value of a wrong field, where it may be shown: no secret, and nothing that may hold one. */
function shownValue(
  issue: z.core.$ZodIssue,
  { content }: ConfigurationSource,
  secretSections: readonly string[],
): unknown {
  const path = issue.path.map(String).join('.');
  const name = String(issue.path.at(-1) ?? '');
  const value = valueAt(content, issue.path);
  const expectsFields =
    issue.code === 'invalid_type' && ['object', 'array', 'record'].includes(issue.expected);
  if (expectsFields || SECRET_NAMES.test(name)) return undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  const isSecret = [SECRET_SECTION, ...secretSections].some(
    (section) => path === section || path.startsWith(`${section}.`),
  );
  return typeof value === 'string' && !isSecret ? value : undefined;
}

function valueAt(content: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    content,
  );
}

function describe({ issue: { path, message, value }, location }: LocatedIssue): string {
  const where = location === null ? '' : `${location}: `;
  const field = path === '' ? 'it' : path;
  return `${where}${field} ${message}${value === undefined ? '' : ` (got ${JSON.stringify(value)})`}`;
}
