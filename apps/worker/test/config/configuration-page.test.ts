import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseWorkerConfiguration, workerConfigurationSchema } from '../../src/config/configuration.js';

const page = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
}

/** Every field that is no section: `health.port`, `telephony.drachtio[]`, `telephony.drachtio[].port`. */
function fieldsOf(schema: Schema, path = ''): string[] {
  const { properties = {}, items, additionalProperties } = schema;
  const inside = Object.entries(properties).flatMap(([name, child]) =>
    fieldsOf(child, path === '' ? name : `${path}.${name}`),
  );
  if (inside.length > 0) return inside;
  const ofItems = items?.properties === undefined ? [] : [`${path}[]`, ...fieldsOf(items, `${path}[]`)];
  if (ofItems.length > 0) return ofItems;
  const named = typeof additionalProperties === 'object' && additionalProperties.properties !== undefined;
  return named ? fieldsOf(additionalProperties, `${path}.<name>`) : [path];
}

/** A table's rows: the fields, in full, that each tells of, and its default. */
function readRows(): Array<{ names: string[]; byDefault: string }> {
  let base = '';
  return [...page.matchAll(/^\| (`[a-z.].*?) \| (.*?) ?\| .* \|$/gm)].flatMap(
    ([, cell = '', byDefault = '']) => {
      const names = [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => {
        if (name.startsWith('.')) return base + name;
        base = name.endsWith('[]') ? name : name.slice(0, Math.max(0, name.lastIndexOf('.')));
        return name;
      });
      return [{ names, byDefault: byDefault.replaceAll('`', '') }];
    },
  );
}

const server = { host: 'server', secret: 'secret' };
const servers = { drachtio: [server], freeswitch: [server] };
/** What a worker makes of the least that it may be told; of trunks and routes, once there is one. */
const least = parseWorkerConfiguration({ telephony: servers });
const withTrunk = parseWorkerConfiguration({
  telephony: {
    ...servers,
    trunks: [{ name: 'name', address: 'address', callerIds: 'any', register: {} }],
    routes: [{ host: 'host', address: 'address' }],
  },
});

/** A default as the page has it; null where there is none. */
function defaultOf(field: string): string | null {
  if (/^telephony\.(?:drachtio|freeswitch)\[\](?:\.host|\.secret)?$/.test(field)) return null;
  if (/^telephony\.(?:trunks|routes)\[\]\.(?:name|host|address|callerIds)$/.test(field)) return null;
  if (field === 'lanes.<name>.concurrency')
    return Object.entries(least.lanes)
      .map(([lane, { concurrency }]) => `${lane}: ${concurrency}`)
      .join(', ');
  const from = /\[\]\./.test(field) ? withTrunk : least;
  const value = field
    .replace(/\[\]$/, '')
    .replaceAll('[]', '.0')
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], from);
  if (value === undefined) return null;
  if (Array.isArray(value) && value.length > 0) return value.join(' to ');
  return typeof value === 'object' ? 'none' : String(value);
}

const fields = fieldsOf(z.toJSONSchema(workerConfigurationSchema, { io: 'input' }) as Schema);

it('docs/configuration.md has every field of the configuration, and no other', () => {
  expect(fields.length).toBeGreaterThan(50);
  const documented = readRows().flatMap(({ names }) => names);
  expect(documented.toSorted()).toEqual(fields.toSorted());
});

it('docs/configuration.md has the default of every field', () => {
  for (const { names, byDefault } of readRows()) {
    const defaults = names.flatMap((name) => defaultOf(name) ?? []);
    // Without one it says in words what happens.
    if (defaults.length === 0) expect(byDefault, names.join()).toMatch(/^[a-z][a-z' ]*$/);
    else if (defaults.length === names.length) expect(byDefault, names.join()).toBe(defaults.join(', '));
    else {
      const [one = ''] = names.filter((name) => defaultOf(name) !== null);
      expect(byDefault, one).toBe(`${one.split('.').at(-1)} ${defaults.join()}`);
    }
  }
});
