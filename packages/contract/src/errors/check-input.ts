import type { z } from 'zod';
import type { ErrorCode } from './error-codes.js';
import { describeIssues, toFieldIssues } from './field-issues.js';
import { OutdialError } from './outdial-error.js';
import { plainWords } from './plain-words.js';

/** Checks an input, and fills in its defaults. Throws `OutdialError` of the code, whose message and `issues` name each field. */
export function checkInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  { code, what }: { code: ErrorCode; what: string },
): z.output<Schema> {
  const parsed = schema.safeParse(input, { error: plainWords });
  if (parsed.success) return parsed.data;
  const issues = toFieldIssues(parsed.error, input);
  throw new OutdialError(code, `${what}: ${describeIssues(issues)}`, { issues });
}
