import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { gatewayConfigurationSchema, parseGatewayConfiguration } from '../../src/config/configuration.js';
import { VARIABLES } from '../../src/config/environment.js';

const page = readFileSync(new URL('../../../../docs/gateway.md', import.meta.url), 'utf8');

interface Schema {
  properties?: Record<string, Schema>;
}

function fieldsOf({ properties = {} }: Schema, path: string): string[] {
  return Object.entries(properties).flatMap(([name, child]) => {
    const inside = fieldsOf(child, `${path}.${name}`);
    return inside.length > 0 ? inside : [`${path}.${name}`];
  });
}

const rows = [...page.matchAll(/^\| (`gateway\..*?) \| (.*?) \| .* \|$/gm)].map(
  ([, names = '', byDefault = '']) => ({
    names: [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    byDefault: byDefault.replaceAll('`', ''),
  }),
);

it('docs/gateway.md has every field of the section, and its default', () => {
  const schema = z.toJSONSchema(gatewayConfigurationSchema, {
    io: 'input',
    unrepresentable: 'any',
  }) as Schema;
  const fields = fieldsOf(schema.properties?.gateway ?? {}, 'gateway');
  expect(fields.length).toBeGreaterThan(8);
  expect(rows.flatMap(({ names }) => names).toSorted()).toEqual(fields.toSorted());
  const { gateway } = parseGatewayConfiguration({});
  for (const { names, byDefault } of rows) {
    const value = names[0]
      ?.split('.')
      .slice(1)
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], gateway);
    const isNone = value === undefined || (Array.isArray(value) && value.length === 0);
    if (isNone) expect(byDefault, names.join()).toMatch(/^[a-zA-Z][a-zA-Z' ]*$/);
    else expect(byDefault, names.join()).toBe(String(value));
  }
});

it('docs/gateway.md has every environment variable', () => {
  for (const { name } of VARIABLES) expect(page).toContain(`\`${name}\``);
});
