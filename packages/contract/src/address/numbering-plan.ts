import {
  ParseError,
  type PhoneNumber as PlannedNumber,
  parsePhoneNumberWithError,
  type CountryCode as SupportedCountry,
} from 'libphonenumber-js';

type Problem = { problem: string };

const ZERO = '(0)';

/**
 * The E.164 form of a number with a `+`, or of a national one of `defaultCountry`, by the numbering plans of libphonenumber,
 * which also know where a zero in front of a national number is dropped.
 */
export function toE164(body: string, defaultCountry?: string): { number: string } | Problem {
  const [before = '', after, ...rest] = body.replaceAll(/[^\d+()]/g, '').split(ZERO);
  const found =
    after === undefined
      ? readDigits(digitsOf(before), defaultCountry)
      : rest.length > 0
        ? { problem: 'it has more than one "(0)"' }
        : readOptionalZero(digitsOf(before), digitsOf(after), defaultCountry);
  return 'problem' in found ? found : { number: found.number };
}

/** Whether a `(0)` follows other digits: where it belongs can only be told by a numbering plan. */
export function hasInnerZero(body: string): boolean {
  return /\d.*\(0\)/.test(body);
}

/** `+44 (0)1632 960001`: the zero is dialled within the country, and from abroad only where it is part of the number. */
function readOptionalZero(before: string, after: string, country?: string): PlannedNumber | Problem {
  const kept = readDigits(`${before}0${after}`, country);
  const dropped = readDigits(`${before}${after}`, country);
  const found = 'problem' in dropped ? kept : dropped;
  if ('problem' in found) return dropped;
  if (!isAfterCountryCode(before, after, found))
    return { problem: 'a "(0)" is right after the country code only' };
  // The plan itself drops the zero.
  if (!('problem' in kept) && !('problem' in dropped) && kept.number === dropped.number) return dropped;
  const valid = [kept, dropped].filter((one) => !('problem' in one) && one.isValid());
  if (valid.length > 1)
    return { problem: 'it is a number with and without the zero: write it without the "(0)"' };
  return valid[0] ?? { problem: `neither with nor without the "(0)" is it a number of ${nameOf(found)}` };
}

function isAfterCountryCode(before: string, after: string, found: PlannedNumber): boolean {
  if (before === '') return true;
  return before.endsWith(found.countryCallingCode) && found.nationalNumber.length <= after.length + 1;
}

function readDigits(digits: string, defaultCountry?: string): PlannedNumber | Problem {
  try {
    const found = parsePhoneNumberWithError(digits, {
      extract: false,
      // What is no country it refuses by itself.
      ...(defaultCountry !== undefined && { defaultCountry: defaultCountry as SupportedCountry }),
    });
    if (found.isPossible()) return found;
    return { problem: `it has too many or too few digits for a number of ${nameOf(found)}` };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { problem: PARSE_PROBLEMS[error.message] ?? 'it is no telephone number' };
  }
}

function nameOf(found: PlannedNumber): string {
  return found.country ?? `+${found.countryCallingCode}`;
}

function digitsOf(text: string): string {
  return text.replaceAll(/[^\d+]/g, '');
}

const PARSE_PROBLEMS: Readonly<Record<string, string>> = {
  INVALID_COUNTRY: 'it starts with no country code that is assigned',
  TOO_SHORT: 'it has too few digits',
  TOO_LONG: 'it has too many digits',
};
