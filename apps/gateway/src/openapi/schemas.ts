import {
  callEventSchema,
  callJobSchema,
  callResultSchema,
  endedRecordSchema,
  planStepSchema,
  stepReportSchema,
  verdictSchema,
} from '@outdial/contract';
import { z } from 'zod';
import { problemSchema } from '../http/problem.js';

type JsonSchema = Record<string, unknown>;

/** Schemas that have a name of their own in the description. */
const named = z.registry<{ id: string }>();
named.add(callResultSchema, { id: 'CallResult' });
named.add(endedRecordSchema, { id: 'EndedRecord' });
named.add(callEventSchema, { id: 'CallEvent' });
named.add(stepReportSchema, { id: 'StepReport' });
named.add(verdictSchema, { id: 'Verdict' });
named.add(planStepSchema, { id: 'PlanStep' });
named.add(problemSchema, { id: 'Problem' });

/** Collects JSON Schemas (draft 2020-12) of the API, the named ones once. */
export class Schemas {
  readonly components: Record<string, JsonSchema> = {};
  readonly #unnamed = new Map<string, string>();

  constructor() {
    this.components.CallJob = this.of(callJobSchema, 'input');
  }

  /** The schema of what is sent (`input`) or answered (`output`). */
  of(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const converted = z.toJSONSchema(schema, {
      io,
      metadata: named,
      unrepresentable: 'any',
      override: ({ jsonSchema }) => {
        // A later version may answer with further fields.
        if (io === 'output' && jsonSchema.additionalProperties === false)
          delete jsonSchema.additionalProperties;
      },
    }) as JsonSchema;
    const { $schema: _, $defs = {}, ...own } = converted;
    const definitions = Object.entries($defs as Record<string, JsonSchema>);
    const names = new Map(definitions.map(([name, definition]) => [name, this.#nameOf(name, definition)]));
    for (const [name, definition] of definitions) {
      const { $id: __, id: ___, ...rest } = relocate(definition, names) as JsonSchema;
      this.components[names.get(name) as string] ??= rest;
    }
    return relocate(own, names) as JsonSchema;
  }

  /** Definitions without a name of their own are counted anew with each schema. */
  #nameOf(name: string, definition: JsonSchema): string {
    if (!name.startsWith('__')) return name;
    const text = JSON.stringify(definition);
    const known = this.#unnamed.get(text) ?? `Shared${this.#unnamed.size + 1}`;
    this.#unnamed.set(text, known);
    return known;
  }

  /** A reference to a named schema. */
  reference(name: string): JsonSchema {
    return { $ref: `#/components/schemas/${name}` };
  }
}

/** References within a schema, to where its definitions are in the description. */
function relocate(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => relocate(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const [, name] =
        key === '$ref' && typeof item === 'string' ? (/^#\/\$defs\/(.+)$/.exec(item) ?? []) : [];
      return name === undefined
        ? [key, relocate(item, names)]
        : [key, `#/components/schemas/${names.get(name) ?? name}`];
    }),
  );
}
