import { z } from 'zod';
import { type PhoneNumberOptions, parsePhoneNumber } from './phone-number.js';
import { parseSipUri } from './sip-uri.js';

/** One digit alone may be a user. */
const NUMBER_CHARACTERS = /^[+\d\-. ()]{2,}$/;
const USER = /^[A-Za-z0-9\-_.!~*'()&=+$,]{1,64}$/;

/**
 * Reads a caller id: a telephone number in any spelling, the user part of a SIP address, or `user@host`. Returns its
 * normal form; a number is `+441632960999` or digits.
 */
export function parseCallerId(text: string, options: PhoneNumberOptions = {}): string | { problem: string } {
  const isTel = /^tel:/i.test(text);
  if (isTel || NUMBER_CHARACTERS.test(text)) {
    const found = parsePhoneNumber(isTel ? text.slice(4) : text, options);
    if ('problem' in found) return found;
    return found.parameters === '' ? found.number : { problem: 'a caller id has no parameters' };
  }
  const [user = '', host, ...more] = text.split('@');
  if (USER.test(user) && more.length === 0 && (host === undefined || isHost(host))) return text;
  return { problem: 'a caller id is a telephone number, or user or user@host' };
}

function isHost(text: string): boolean {
  const uri = parseSipUri(`sip:${text}`);
  return !('problem' in uri) && uri.host === text;
}

/** zod: accepts any spelling of a caller id and returns its normal form. */
export function callFromSchemaFor(options: PhoneNumberOptions = {}) {
  return z
    .string()
    .min(1, 'it is empty')
    .max(320)
    .transform((text, context) => {
      const callerId = parseCallerId(text.trim(), options);
      if (typeof callerId === 'string') return callerId;
      context.addIssue({ code: 'custom', message: callerId.problem, input: text });
      return z.NEVER;
    });
}

/** zod: a display name: 1 to 64 characters, none of them a control character. */
export const callerNameSchema = z
  .string()
  .regex(/^[^\p{Cc}]{1,64}$/u, 'a display name has 1 to 64 characters, none of them a control character');
