import type { z } from 'zod';

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of fields',
  record: 'a mapping',
  null: 'null',
};

/**
 * zod: the reason of an issue in our own words; for the option `error` of `parse`. Messages that a schema states itself
 * come first.
 */
export const plainWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `must be ${TYPES[issue.expected] ?? issue.expected}, not ${typeName(issue.input)}`;
    case 'unrecognized_keys':
      return `has unknown fields: ${issue.keys.join(', ')}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return `must ${sizeOf(issue.origin)} ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_key':
      return 'has an invalid name';
    case 'invalid_union':
      return 'has none of the forms that are allowed here';
    default:
      return 'is not valid';
  }
};

function tooSmall({
  minimum,
  inclusive,
  origin,
}: {
  minimum: number | bigint;
  inclusive?: boolean | undefined;
  origin: string;
}): string {
  if (origin === 'string' && Number(minimum) === 1) return 'is empty';
  return `must ${sizeOf(origin)} ${inclusive === false ? 'more than' : 'at least'} ${minimum}${unitOf(origin)}`;
}

function sizeOf(origin: string): string {
  return origin === 'number' || origin === 'int' || origin === 'bigint' ? 'be' : 'have';
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' || origin === 'set' || origin === 'map' ? ' entries' : '';
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' && Number.isNaN(value)) return 'no number at all';
  return TYPES[typeof value] ?? typeof value;
}
