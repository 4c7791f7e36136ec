import type { z } from 'zod';

/** One invalid field: its path (`callTo`, `headers.X-Campaign`), the reason, and its value, shortened. */
export interface FieldIssue {
  path: string;
  message: string;
  value?: unknown;
}

/** zod's issues as field issues, each with the value that the input has at its path. */
export function toFieldIssues(error: z.ZodError, input: unknown): FieldIssue[] {
  return error.issues.map((issue) => {
    const value = issue.path.reduce<unknown>(
      (at, key) =>
        typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
      input,
    );
    return {
      path: issue.path.map(String).join('.'),
      message: issue.message,
      ...(value === undefined ? {} : { value: shortened(value) }),
    };
  });
}

/** How many issues one line names, and how much of each text: the line goes into results and logs. */
const ISSUES_SHOWN_MAX = 10;
const TEXT_LENGTH_MAX = 200;
const VALUE_LENGTH_MAX = 120;

/** Field issues as one line: `callFrom: a telephone number needs a callFrom`. */
export function describeIssues(issues: readonly FieldIssue[]): string {
  const shown = issues
    .slice(0, ISSUES_SHOWN_MAX)
    .map(
      ({ path, message, value }) =>
        `${path === '' ? 'it' : cut(path)}: ${cut(message)}${value === undefined ? '' : ` (got ${JSON.stringify(value)})`}`,
    );
  const more = issues.length - shown.length;
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ');
}

function cut(text: string): string {
  return text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX - 3)}...`;
}

function shortened(value: unknown): unknown {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= VALUE_LENGTH_MAX ? value : `${text.slice(0, VALUE_LENGTH_MAX - 3)}...`;
}
