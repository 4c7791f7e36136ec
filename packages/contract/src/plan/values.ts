import type { ErrorCode } from '../errors/error-codes.js';
import { OutdialError } from '../errors/outdial-error.js';
import type { FarEndType } from '../result/far-end-type.js';
import type { Verdict } from '../result/verdict.js';
import { sourceSchema } from './steps/source.js';

/** The fields of a call job that values are taken from. */
export interface ValuedJob {
  id: string;
  callTo: string;
  callFrom?: string | undefined;
  lane: string;
  label?: string | undefined;
  metadata: Readonly<Record<string, unknown>>;
}

/** What the values of a call are taken from. */
export interface CallValues {
  job: ValuedJob;
  /** Absent: it is not known yet. */
  farEndType?: FarEndType | undefined;
  verdict?: Verdict | null | undefined;
  /** What the callee has entered so far, by the `into` of each gather. */
  digits: Readonly<Record<string, string>>;
}

/**
 * Where a value is put: into words as it is, into a header, into a voice bot's parameter, or into what is played, where it
 * must not lead to another directory or host.
 */
export type ValuePlace = 'text' | 'header' | 'parameter' | 'source';

/** Gives the value of a name. Throws `OutdialError` `VALUE_MISSING` for one that has none. */
export type ValueLookup = (name: string) => string;

const VALUE = /\{\{\s*([^{}\s]*)\s*\}\}/g;
/** A value in the path of a file, or in a tone: no separator, and nothing that FreeSWITCH or a shell would read. */
const FILE_VALUE = /^[\p{L}\p{N}._+*#-]+$/u;
const ADDRESS = /^https?:\/\//i;
const HEADER_VALUE = /^[\u0020-\u007e]*$/;
const PARAMETER_LENGTH_MAX = 500;

/** Whether a text names values of the call. */
export function hasValues(text: string): boolean {
  return text.includes('{{');
}

/**
 * A text with the values that it names (`{{metadata.name}}`). Throws `OutdialError`: `VALUE_MISSING` for a value that there is not,
 * `VALUE_INVALID` for one that may not stand there.
 */
export function fillText(text: string, place: ValuePlace, lookup: ValueLookup): string {
  if (!hasValues(text)) return text;
  if (text.replace(VALUE, '').includes('{{'))
    throw invalid('a value is written {{name}}, without white space in its name');
  switch (place) {
    case 'text':
      return replaced(text, lookup);
    case 'header':
      return checked(replaced(text, lookup), (filled) => HEADER_VALUE.test(filled), 'is no header value');
    case 'parameter':
      return checked(
        replaced(text, lookup),
        ({ length }) => length <= PARAMETER_LENGTH_MAX,
        `has more than ${PARAMETER_LENGTH_MAX} characters`,
      );
    case 'source':
      return filledSource(text, lookup);
  }
}

/** The values of a call, by name: `jobId`, `callTo`, `callFrom`, `lane`, `label`, `farEndType`, `confidence`, `metadata.…`, `digits.…`. */
export function valuesOf({ job, farEndType, verdict, digits }: CallValues): ValueLookup {
  return (name) => {
    const [head, ...path] = name.split('.');
    if (path.length === 0 && head !== undefined) {
      const single: Record<string, unknown> = {
        jobId: job.id,
        callTo: numberOf(job.callTo),
        callFrom: job.callFrom === undefined ? undefined : numberOf(job.callFrom),
        lane: job.lane,
        label: job.label,
        farEndType,
        confidence: farEndType === undefined ? undefined : (verdict?.confidence ?? 0),
      };
      if (Object.hasOwn(single, head)) return asText(name, single[head]);
    }
    if (head === 'metadata' && path.length > 0) return asText(name, atPath(job.metadata, path));
    if (head === 'digits' && path.length === 1) return asText(name, atPath(digits, path));
    throw invalid(
      `${name === '' ? 'a value without a name' : `"${name}"`} is no value of a call; there are jobId, callTo, callFrom, lane, label, farEndType, confidence, metadata.NAME and digits.NAME`,
    );
  };
}

/** A telephone number without `tel:`; a SIP address as it is. */
export function numberOf(address: string): string {
  return address.replace(/^tel:/, '');
}

function atPath(from: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, key)
        ? (at as Record<string, unknown>)[key]
        : undefined,
    from,
  );
}

function asText(name: string, value: unknown): string {
  if (value === undefined || value === null || value === '') throw missing(name);
  if (typeof value === 'object') throw invalid(`${name} is neither a text, nor a number, nor true or false`);
  return String(value);
}

function replaced(text: string, lookup: ValueLookup): string {
  return text.replace(VALUE, (_, name: string) => lookup(name));
}

/** Part by part, since a value must neither add one nor lead upwards. */
function filledSource(source: string, lookup: ValueLookup): string {
  const isAddress = ADDRESS.test(source);
  // The part of an address that names its server, and the scheme of anything else, are written out.
  const fixed =
    (isAddress ? /^https?:\/\/[^/]*(\/|$)/i : /^[a-z][a-z0-9+._-]*:\/\//i).exec(source)?.[0] ?? '';
  if (hasValues(fixed)) throw invalid('a value may not stand in the host of an address');
  const escaped = isAddress ? inAddress : inFile;
  const parts = source
    .slice(fixed.length)
    .split('/')
    .map((part) => {
      if (!hasValues(part)) return part;
      const filled = replaced(part, (name) => escaped(name, lookup(name)));
      return checked(filled, () => !/^\.*$/.test(filled), 'leads to another directory');
    });
  const filled = fixed + parts.join('/');
  return checked(filled, () => sourceSchema.safeParse(filled).success, 'is no source that may be played');
}

function inAddress(_name: string, value: string): string {
  return encodeURIComponent(value).replaceAll("'", '%27');
}

function inFile(name: string, value: string): string {
  return checked(
    value,
    () => FILE_VALUE.test(value),
    'may not stand in a path: only letters, digits and . _ + * # - may',
    name,
  );
}

function checked(
  filled: string,
  isValid: (filled: string) => boolean,
  problem: string,
  name = 'what comes of the values',
): string {
  if (!isValid(filled)) throw invalid(`${name} ${problem}`);
  return filled;
}

function missing(name: string): OutdialError {
  return new OutdialError('VALUE_MISSING' satisfies ErrorCode, `the call has no value ${name}`);
}

function invalid(message: string): OutdialError {
  return new OutdialError('VALUE_INVALID' satisfies ErrorCode, message);
}
