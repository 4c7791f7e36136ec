/** The wire format as JSON Schema (draft 2020-12), from the schemas that validate it. */
import { callEventSchema, callJobSchema, callResultSchema, endedRecordSchema } from '@outdial/contract';
import { z } from 'zod';

/** By file name. A job is described as it may be enqueued, everything else as it is published. */
const DOCUMENTS = {
  'call-job': { title: 'Call job', schema: callJobSchema, io: 'input' },
  'call-result': { title: 'Result', schema: callResultSchema, io: 'output' },
  'ended-record': { title: 'Ended record', schema: endedRecordSchema, io: 'output' },
  'call-event': { title: 'Event', schema: callEventSchema, io: 'output' },
};

/**
 * The text of each schema file, by its name.
 *
 * @returns {Record<string, string>}
 */
export function jsonSchemas() {
  return Object.fromEntries(
    Object.entries(DOCUMENTS).map(([name, { title, schema, io }]) => {
      const description =
        'docs/call-jobs.md describes each field. Generated from the schemas in packages/contract.';
      const { $schema, ...rest } = z.toJSONSchema(schema, {
        io: /** @type {'input' | 'output'} */ (io),
        override: ({ jsonSchema }) => {
          // A later version may publish further fields.
          if (io === 'output' && jsonSchema.additionalProperties === false)
            delete jsonSchema.additionalProperties;
        },
      });
      return [
        `${name}.schema.json`,
        `${JSON.stringify({ $schema, title, description, ...rest }, null, 2)}\n`,
      ];
    }),
  );
}
