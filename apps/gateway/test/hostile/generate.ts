import type { Schema } from '../openapi/description.js';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const DEEP = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`);
/** What does not fit most schemas, or is at the edge of what does. */
const HOSTILE: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1e21, -0.5, 2 ** 53, '', ' ', '0', '-1', '[]', '{}', [], {}, [null], [[]]],
  ...['\u0000', '\ud800', 'é́'.repeat(20), '‮', '🙂', 'a\r\nb: c', '../../etc/passwd', '%00', '%2e%2e%2f'],
  ...["'; DROP TABLE calls; --", '<script>', '{{7*7}}', '$(id)', '__proto__', 'constructor', 'toString'],
  ...['x'.repeat(70_000), '9'.repeat(400), DEEP, { constructor: { prototype: {} } }, { toString: 1 }],
  ...['*', '0-0', '18446744073709551615-1', '9999999999999999-1', '1970-01-01T00:00:00Z', 'sip:', 'tel:'],
];
/** Texts that mean something here, so that requests get further than their validation. */
const MEANINGFUL: readonly string[] = [
  ...['one', 'two', 'default', 'spring', 'results', 'admin', 'sip:a@b', 'tel:+441632960001', '+441632960999'],
  ...['https://receiver.invalid/', 'completed', 'LIVE', '1-0', '0', 'a.b', 'calls:read', 'play', 'hangUp'],
];

/** Makes values of JSON Schemas, most of which fit. */
export class Generator {
  readonly #random: () => number;
  readonly #schemas: Readonly<Record<string, Schema>>;
  readonly #hostility: number;

  /** `hostility`: how much of what is made does not fit, from 0 to 1. */
  constructor(random: () => number, schemas: Readonly<Record<string, Schema>>, hostility: number) {
    this.#random = random;
    this.#schemas = schemas;
    this.#hostility = hostility;
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  chance(of: number): boolean {
    return this.#random() < of;
  }

  get hostile(): unknown {
    return this.pick(HOSTILE);
  }

  value(schema: Schema, depth = 0): unknown {
    if (this.chance(this.#hostility)) return this.hostile;
    const { $ref, const: constant, enum: choices, anyOf, oneOf, allOf } = schema as Record<string, never>;
    if ($ref !== undefined)
      return this.value(this.#schemas[String($ref).split('/').at(-1) ?? ''] ?? {}, depth);
    if ('const' in schema) return constant;
    if (choices !== undefined) return this.pick(choices);
    const union = anyOf ?? oneOf;
    if (union !== undefined) return this.value(this.pick(union), depth);
    if (allOf !== undefined)
      return Object.assign({}, ...(allOf as Schema[]).map((one) => this.value(one, depth)));
    const type = Array.isArray(schema.type) ? this.pick(schema.type as string[]) : schema.type;
    switch (type) {
      case 'object':
        return this.#object(schema, depth);
      case 'array':
        return Array.from({ length: depth > 6 ? 0 : Math.floor(this.#random() * 4) }, () =>
          this.value((schema.items as Schema | undefined) ?? {}, depth + 1),
        );
      case 'number':
      case 'integer':
        return this.#number(schema);
      case 'boolean':
        return this.chance(0.5);
      case 'null':
        return null;
      default:
        return this.pick(MEANINGFUL);
    }
  }

  #object({ properties = {}, required = [] }: Schema, depth: number): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(properties as Record<string, Schema>)) {
      const isWanted = (required as string[]).includes(name) ? 0.95 : depth > 6 ? 0 : 0.3;
      if (this.chance(isWanted)) made[name] = this.value(schema, depth + 1);
    }
    if (this.chance(this.#hostility)) made[JSON.stringify(this.hostile)] = this.hostile;
    return made;
  }

  #number({ minimum, maximum, type }: Schema): number {
    const least = Math.max(Number(minimum ?? 0), -1e6);
    const most = Math.min(Number(maximum ?? 100), 1e6);
    const made = least + this.#random() * (most - least);
    return type === 'integer' ? Math.round(made) : made;
  }
}
