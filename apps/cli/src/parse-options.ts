import { isKnownColumn } from '@outdial/campaign';
import { type CountryCode, countrySchema, labelSchema, laneSchema } from '@outdial/contract';
import { InvalidArgumentError } from 'commander';

/** A number; the contract checks its range. */
export function toNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.');
  return value;
}

/** Seconds, or `none`. Commander turns a null into an empty text, so the word stays until the job is built. */
export function toTimeout(text: string): number | 'none' {
  return text.toLowerCase() === 'none' ? 'none' : toNumber(text);
}

/** Calls a second, or `none`: commander takes null for a missing value. */
export function toRate(text: string): number | 'none' {
  if (text === 'none') return text;
  const value = toNumber(text);
  if (value <= 0) throw new InvalidArgumentError('Expected a number above 0, or "none".');
  return value;
}

/** Calls at once, or `none`. */
export function toConcurrency(text: string): number | 'none' {
  if (text === 'none') return text;
  const value = toNumber(text);
  if (value < 0 || !Number.isInteger(value))
    throw new InvalidArgumentError('Expected a whole number from 0, or "none".');
  return value;
}

export function toLane(text: string): string {
  return toName(text, laneSchema);
}

export function toLabel(text: string): string {
  return toName(text, labelSchema);
}

function toName(text: string, schema: typeof laneSchema): string {
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(`${parsed.error.issues[0]?.message ?? 'invalid'}.`);
}

export function toSecondsFromZero(text: string): number {
  const value = toNumber(text);
  if (value < 0) throw new InvalidArgumentError('Expected a number of at least 0.');
  return value;
}

/** 0 to 65535. */
export function toPort(text: string): number {
  const value = toNumber(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('Expected a port, 0 to 65535.');
  return value;
}

/** Collects `--header NAME=VALUE`, which can be repeated. */
export function addHeader(
  text: string,
  previous: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('Expected NAME=VALUE.');
  return { ...previous, [text.slice(0, equals).trim()]: text.slice(equals + 1) };
}

/** A position in the event stream. */
export function toStreamPosition(text: string): string {
  if (!/^(?:\$|\d+(?:-\d+)?)$/.test(text))
    throw new InvalidArgumentError('Expected "$", "0" or the id of an event.');
  return text;
}

/** Collects the values of a repeated `--set COLUMN=VALUE`. */
export function addCell(
  text: string,
  former: ReadonlyArray<readonly [string, string]> = [],
): ReadonlyArray<readonly [string, string]> {
  const equals = text.indexOf('=');
  const column = text.slice(0, Math.max(0, equals)).trim();
  if (!isKnownColumn(column))
    throw new InvalidArgumentError('It is COLUMN=VALUE, with a column of a campaign file.');
  return [...former, [column, text.slice(equals + 1)]];
}

/** A country by its two letters. */
export function toCountry(text: string): CountryCode {
  const parsed = countrySchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('It is two letters of ISO 3166, such as GB.');
}
