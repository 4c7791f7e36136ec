import { readdirSync, readFileSync } from 'node:fs';
// biome-ignore lint/style/noRestrictedImports: the only way to Ajv's class for this draft
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { jsonSchemas } from '../scripts/json-schemas.mjs';

const directory = new URL('../../../docs/schemas/', import.meta.url);
const page = readFileSync(new URL('../call-jobs.md', directory), 'utf8');

/** The example under a heading of docs/call-jobs.md. */
function exampleUnder(heading: string): Record<string, unknown> {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(section) ?? [];
  return JSON.parse(json);
}

function validatorOf(file: string) {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  return ajv.compile(JSON.parse(readFileSync(new URL(file, directory), 'utf8')));
}

describe('docs/schemas', () => {
  it('are what the contract says now (npm run schemas -w packages/contract)', () => {
    const files = readdirSync(directory).map((file) => [
      file,
      readFileSync(new URL(file, directory), 'utf8'),
    ]);
    expect(Object.fromEntries(files)).toEqual(jsonSchemas());
  });

  it.each([
    ['call-job.schema.json', 'Call job'],
    ['call-result.schema.json', 'Result'],
    ['ended-record.schema.json', 'Ended record'],
    ['call-event.schema.json', 'Event'],
  ])('%s accepts the example of call-jobs.md, and not with a wrong type', (file, heading) => {
    const validate = validatorOf(file);
    const example = exampleUnder(heading);
    expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
    const name = heading === 'Call job' ? 'callTo' : 'jobId';
    expect(validate({ ...example, [name]: 4711 })).toBe(false);
  });

  it('refuse unknown fields of a job, and accept those of what a later version publishes', () => {
    expect(validatorOf('call-job.schema.json')({ ...exampleUnder('Call job'), colour: 1 })).toBe(false);
    expect(validatorOf('call-result.schema.json')({ ...exampleUnder('Result'), colour: 1 })).toBe(true);
  });
});
