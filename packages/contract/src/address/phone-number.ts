import { isSupportedCountry } from 'libphonenumber-js';
import { z } from 'zod';
import { hasInnerZero, toE164 } from './numbering-plan.js';

/** A telephone number in its normal form: digits, with a `+` in front of one in E.164 form, and no separators. */
export interface PhoneNumber {
  number: string;
  /** Parameters of RFC 3966 that go along, as `;ext=22` or `;phone-context=example.com`; '' without any. */
  parameters: string;
}

/** A country by its two letters (ISO 3166). Not the library's own type: its CommonJS declarations need ES modules. */
export type CountryCode = string;

export interface PhoneNumberOptions {
  /** The country (ISO 3166, as `GB`) that numbers in national form belong to. Without it they are dialled as they are. */
  defaultCountry?: CountryCode | undefined;
}

/** zod: a country by its two letters. */
export const countrySchema = z
  .string()
  .transform((text) => text.toUpperCase())
  .refine((text): boolean => isSupportedCountry(text), 'a country is two letters of ISO 3166, as "GB"');

/** E.164 allows 15 digits; a number without a `+` may have prefixes of the trunk in front. */
const DIALLED_AS_IS = /^\d{2,20}$/;
/** Numbers of so few digits are short codes: no country's national numbers. */
const SHORT_CODE = /^\d{2,6}$/;
const BODY_CHARACTER = /^[\d\-. ()]$/;
const GROUPED = /^\+?(?:[\d\-. ]|\(\d+\))+$/;
/** Single separators between digits, once spaces and parentheses are gone. */
const SEPARATED = /^\+?\d+(?:[-.]\d+)*$/;
/** What a spreadsheet makes of a number. */
const DECIMAL = /^\+?\d{5,}\.0+$/;

/**
 * Reads a telephone number: the part of a `tel:` URI behind the colon (RFC 3966), or a number as people write it. Spaces
 * are taken only where the length can be checked: in a number with a `+`, or with a `defaultCountry`.
 */
export function parsePhoneNumber(
  text: string,
  options: PhoneNumberOptions = {},
): PhoneNumber | { problem: string } {
  const [body = '', ...parameters] = text.trim().split(';');
  const read = readParameters(parameters);
  if ('problem' in read) return read;
  const problem = spellingProblem(body.trim());
  if (problem !== null) return { problem };
  const digits = body.replaceAll(/[^\d+]/g, '');
  const { context, extension } = read;
  const suffix = extension === null ? '' : `;ext=${extension}`;
  if (context === null) {
    const found = findNumber(body, digits, options);
    return 'problem' in found ? found : { ...found, parameters: suffix };
  }
  if (digits.startsWith('+'))
    return { problem: 'a number with + has no phone-context (RFC 3966, section 5.1.5)' };
  if (/[ ]/.test(body.trim())) return { problem: 'a tel: URI holds no spaces' };
  if (!context.startsWith('+')) return { number: digits, parameters: `${suffix};phone-context=${context}` };
  const found = toE164(`${context}${body}`);
  return 'problem' in found ? found : { ...found, parameters: suffix };
}

function findNumber(
  body: string,
  digits: string,
  { defaultCountry }: PhoneNumberOptions,
): Pick<PhoneNumber, 'number'> | { problem: string } {
  if (digits.startsWith('+')) return toE164(body);
  if (defaultCountry !== undefined && !SHORT_CODE.test(digits)) return toE164(body, defaultCountry);
  if (body.trim().includes(' '))
    return { problem: 'spaces are taken only in a number with + or with a defaultCountry' };
  if (hasInnerZero(body))
    return { problem: 'a "(0)" is taken only in a number with + or with a defaultCountry' };
  if (DIALLED_AS_IS.test(digits)) return { number: digits };
  return { problem: 'a telephone number is 2 to 20 digits, after an optional +' };
}

/** What is wrong with the spelling of a number; null when nothing is. */
function spellingProblem(body: string): string | null {
  if (body === '' || body === '+') return 'a telephone number is 2 to 20 digits, after an optional +';
  if (DECIMAL.test(body)) return 'it ends in ".0", as spreadsheets write numbers: format the column as text';
  const stranger = [...body.replace(/^\+/, '')].find((character) => !BODY_CHARACTER.test(character));
  if (stranger !== undefined) return strangerProblem(stranger);
  if (!GROUPED.test(body)) return 'its parentheses do not match';
  if (body.endsWith(')')) return 'digits in parentheses at its end belong to no number';
  if (!SEPARATED.test(body.replaceAll(/[ ()]/g, '')))
    return 'digits are separated by single separators, "-" or "."';
  return null;
}

function strangerProblem(character: string): string {
  if (character === '+') return 'a + is at its start only: is this two numbers?';
  if (/[A-Za-z]/.test(character)) return `"${character}" is no digit (an extension is given as ;ext=22)`;
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `"${character}" (U+${code}) is no separator of RFC 3966, which are - . ( )`;
}

/** Parameters of a `tel:` URI (RFC 3966, section 5). Others than these change who is called in ways that are not known. */
function readParameters(
  parameters: readonly string[],
): { context: string | null; extension: string | null } | { problem: string } {
  let context: string | null = null;
  let extension: string | null = null;
  for (const parameter of parameters) {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(parameter) ?? [];
    const key = name.toLowerCase();
    if (key === 'ext' && extension === null) {
      if (!/^[\d\-.()]{1,20}$/.test(value) || !/\d/.test(value))
        return { problem: `";ext=${value}" is no extension` };
      extension = value.replaceAll(/\D/g, '');
    } else if (key === 'phone-context' && context === null) {
      context = readContext(value);
      if (context === null)
        return { problem: `";phone-context=${value}" is neither a + prefix nor a domain` };
    } else {
      const isRepeated = key === 'ext' || key === 'phone-context';
      return {
        problem: isRepeated ? `;${key} is given twice` : `the parameter ";${parameter}" is not supported`,
      };
    }
  }
  return { context, extension };
}

function readContext(value: string): string | null {
  if (value.startsWith('+'))
    return /^\+[\d\-.()]*\d[\d\-.()]*$/.test(value) ? `+${value.replaceAll(/\D/g, '')}` : null;
  return /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?$/.test(
    value,
  )
    ? value.toLowerCase()
    : null;
}
