import { describeIssues, OutdialError, plainWords, toFieldIssues } from '@outdial/contract';
import type { FastifyInstance, FastifyTypeProvider } from 'fastify';
import type { z } from 'zod';

/** Gives handlers the types of their zod schemas. */
export interface ZodTypeProvider extends FastifyTypeProvider {
  validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown;
  serializer: this['schema'] extends z.ZodType ? z.input<this['schema']> : unknown;
}

/** Where a part of a request that is refused was; a body's fields are named as they are. */
const PARTS: Readonly<Record<string, string>> = { params: 'path', querystring: 'query', headers: 'headers' };

/** Checks requests by the zod schemas of their routes, in the contract's words. Answers are typed, and sent as they are. */
export function useZod(app: FastifyInstance): void {
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => (input: unknown) => {
    const parsed = schema.safeParse(input, { error: plainWords });
    if (parsed.success) return { value: parsed.data };
    const part = PARTS[httpPart ?? ''];
    const issues = toFieldIssues(parsed.error, input).map((issue) => ({
      ...issue,
      path: [part, issue.path].filter(Boolean).join('.'),
    }));
    return { error: new OutdialError('INVALID_REQUEST', describeIssues(issues), { issues }) };
  });
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
}
