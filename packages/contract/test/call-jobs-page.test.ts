import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  CAUSES,
  callErrorSchema,
  callEventSchema,
  callJobSchema,
  callQualitySchema,
  callResultSchema,
  callTimingsSchema,
  DEFAULTS,
  earlyMediaSchema,
  endedRecordSchema,
  legReportSchema,
  planSchema,
  planStepSchema,
  rawCauseSchema,
  recordingReportSchema,
  stepReportSchema,
  verdictSchema,
} from '../src/index.js';

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  [keyword: string]: unknown;
}

const page = readFileSync(new URL('../../../docs/call-jobs.md', import.meta.url), 'utf8');
/** What stands under each heading. */
const sections = new Map(
  page.split(/^## /m).map((text) => [text.slice(0, text.indexOf('\n')), text] as const),
);

function sectionOf(heading: string): string {
  const text = sections.get(heading);
  if (text === undefined) throw new Error(`docs/call-jobs.md has no section "${heading}"`);
  return text;
}

/** The table's rows by field; one row may tell of several. */
function rowsOf(heading: string): Map<string, string[]> {
  const rows = [...sectionOf(heading).matchAll(/^\| (`.*) \|$/gm)].map(([, row = '']) => row.split(/ *\| */));
  return new Map(
    rows.flatMap((cells) =>
      [...(cells[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => [name, cells] as const),
    ),
  );
}

/** The fields of an object; of a union, those that all have, and `type.field` for the others. */
function fieldsOf(schema: Schema, tag: string): Map<string, { field: Schema; isRequired: boolean }> {
  const variants = schema.oneOf ?? schema.anyOf;
  const entries = ({ properties = {}, required = [] }: Schema) =>
    Object.entries(properties).map(
      ([name, field]) => [name, { field, isRequired: required.includes(name) }] as const,
    );
  if (variants === undefined) return new Map(entries(schema));
  const isCommon = (name: string) => variants.every(({ properties = {} }) => name in properties);
  return new Map(
    variants.flatMap((variant) =>
      entries(variant)
        .filter(([name]) => name !== tag)
        .map(([name, about]) => [
          isCommon(name) ? name : `${variant.properties?.[tag]?.const}.${name}`,
          about,
        ]),
    ),
  );
}

const TYPE_WORDS = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

/** A field's alternatives (`number or null` has two). */
function alternatives(field: Schema): Schema[] {
  if (field.anyOf !== undefined) return field.anyOf;
  return [field.type ?? []].flat().map((type) => ({ ...field, type }));
}

/** What a row must hold of its field's limits and choices. */
function tokensOf(field: Schema): string[] {
  return alternatives(field).flatMap((one) => [
    ...['minimum', 'exclusiveMinimum', 'maximum', 'minLength', 'maxLength', 'maxItems']
      .map((keyword) => one[keyword])
      .filter((limit) => limit !== undefined && Math.abs(Number(limit)) !== Number.MAX_SAFE_INTEGER)
      .map(String),
    ...(one.enum ?? []).map((choice) => `\`${choice}\``),
  ]);
}

const JOBS = [
  { heading: 'Call job', schema: callJobSchema },
  { heading: 'Plan', schema: planSchema },
  { heading: 'Steps', schema: planStepSchema },
];
const OUTCOMES = [
  { heading: 'Result', schema: callResultSchema },
  { heading: 'Early media of a result', schema: earlyMediaSchema },
  { heading: 'Raw cause', schema: rawCauseSchema },
  { heading: 'Verdict', schema: verdictSchema },
  { heading: 'Error', schema: callErrorSchema },
  { heading: 'Timings', schema: callTimingsSchema },
  { heading: 'Step report', schema: stepReportSchema },
  { heading: 'Recording', schema: recordingReportSchema },
  { heading: 'Leg', schema: legReportSchema },
  { heading: 'Quality', schema: callQualitySchema },
  { heading: 'Ended record', schema: endedRecordSchema },
  { heading: 'Event', schema: callEventSchema },
];
const toInput = (schema: z.ZodType) => inlined(z.toJSONSchema(schema, { io: 'input' }) as Schema);
const toOutput = (schema: z.ZodType) => inlined(z.toJSONSchema(schema) as Schema);
const resultFields = fieldsOf(toOutput(callResultSchema), 'type');

describe('docs/call-jobs.md', () => {
  it.each(JOBS)('has type, default and limits of every field under "$heading"', ({ heading, schema }) => {
    const fields = fieldsOf(toInput(schema), 'step');
    const rows = rowsOf(heading);
    expect([...rows.keys()].sort()).toEqual([...fields.keys()].sort());
    for (const [name, { field, isRequired }] of fields) {
      const [, type = '', byDefault = '', limits = '', what = ''] = rows.get(name) ?? [];
      expect(wordsOf(type), `type of ${name}`).toEqual(typesOf(field));
      if (field.default !== undefined) expect(byDefault, `default of ${name}`).toBe(quoted(field.default));
      // An id is made up by `CallQueue`.
      else expect(byDefault === 'required', `default of ${name}`).toBe(isRequired && name !== 'id');
      const told = `${limits} ${what}`.replaceAll(/(\d),(?=\d)/g, '$1');
      for (const token of tokensOf(field)) expect(told, `limits of ${name}`).toContain(token);
    }
  });

  it.each(OUTCOMES)('has type and choices of every field under "$heading"', ({ heading, schema }) => {
    const fields = fieldsOf(toOutput(schema), 'type');
    const rows = rowsOf(heading);
    rows.delete('type');
    expect([...rows.keys()].sort()).toEqual([...fields.keys()].sort());
    for (const [name, { field, isRequired }] of fields) {
      const [, type = '', what = ''] = rows.get(name) ?? [];
      if (what.startsWith('as in the result')) {
        expect(field, name).toEqual(resultFields.get(name)?.field);
        continue;
      }
      expect(wordsOf(type), `type of ${name}`).toEqual(typesOf(field));
      expect(type.includes('may be absent'), `whether ${name} may be absent`).toBe(!isRequired);
      // What many share is said above their table; causes have one of their own.
      const place = { cause: 'Causes', at: heading }[name] ?? (heading === 'Timings' ? heading : null);
      const told = place === null ? `${type} ${what}` : sectionOf(place);
      for (const token of tokensOf(field)) expect(told, `choices of ${name}`).toContain(token);
    }
  });

  it('explains every cause, every type of event, and how large a job may be', () => {
    expect([...rowsOf('Causes').keys()].sort()).toEqual([...CAUSES].sort());
    for (const { shape } of callEventSchema.options)
      expect(sectionOf('Event')).toContain(`\`${shape.type.value}.`);
    const { jobBytesMax, jobLevelsMax } = DEFAULTS;
    expect(sectionOf('Call job')).toContain(`${jobBytesMax.toLocaleString('en')} bytes`);
    expect(sectionOf('Call job')).toContain(`${jobLevelsMax} levels`);
  });

  it.each([
    { heading: 'Call job', schema: callJobSchema },
    { heading: 'Result', schema: callResultSchema },
    { heading: 'Ended record', schema: endedRecordSchema },
    { heading: 'Event', schema: callEventSchema },
  ])('has an example under "$heading" that the schema takes whole', ({ heading, schema }) => {
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(sectionOf(heading)) ?? [];
    const example = JSON.parse(json);
    expect(schema.parse(example)).toMatchObject(example);
  });
});

/** Fields that only refer to a definition, as that definition. */
function inlined(schema: Schema): Schema {
  const definitions = (schema.$defs ?? {}) as Record<string, Schema>;
  const define = (field: Schema): Schema => {
    const { $ref, ...own } = field;
    const name = String($ref ?? '').replace('#/$defs/', '');
    return { ...definitions[name], ...own };
  };
  const defineFields = (one: Schema): Schema => ({
    ...one,
    ...(one.properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(one.properties).map(([k, v]) => [k, define(v)])) }),
    ...(one.oneOf === undefined ? {} : { oneOf: one.oneOf.map(defineFields) }),
  });
  return defineFields(schema);
}

function typesOf(field: Schema): string[] {
  return alternatives(field)
    .map(({ type }) => String(type))
    .sort();
}

/** The words of a type's cell, but for those of what is in an object or array. */
function wordsOf(cell: string): string[] {
  const own = cell.replaceAll(/ of (?:strings|steps|JSON)/g, '');
  return TYPE_WORDS.filter((word) => new RegExp(`\\b${word}\\b`).test(own)).sort();
}

function quoted(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
