import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { workerConfigurationSchema } from '../src/configuration.js';

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8').replaceAll(
  /```[\s\S]*?```/g,
  '',
);

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  allOf?: Schema[];
}

/** Every field's name, however deep. */
function fieldNames(schema: Schema): string[] {
  const children = [
    schema.items,
    schema.additionalProperties,
    ...(schema.anyOf ?? []),
    ...(schema.allOf ?? []),
  ];
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => [name, ...fieldNames(child)]),
    ...children.flatMap((child) => (typeof child === 'object' ? fieldNames(child) : [])),
  ];
}

const names = [...new Set(fieldNames(z.toJSONSchema(workerConfigurationSchema, { io: 'input' }) as Schema))];

it('docs/configuration.md has every field of the configuration', () => {
  expect(names.length).toBeGreaterThan(40);
  const documented = new Set(
    [...page.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => code.split(/[.[\]<>]+/)),
  );
  expect(names.filter((name) => !documented.has(name))).toEqual([]);
});
