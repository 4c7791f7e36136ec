import { z } from 'zod';
import { type PhoneNumber, type PhoneNumberOptions, parsePhoneNumber } from './phone-number.js';
import { formatSipUri, parseSipUri, type SipUri } from './sip-uri.js';

/** Where a call goes: to a telephone number, through a trunk, or to a SIP address. */
export type Destination = ({ kind: 'tel' } & PhoneNumber) | { kind: 'sip'; uri: SipUri };

const DIGITS_WITH_HYPHENS = /^\d+(?:-\d+)*$/;
/** As people write numbers: with a + in front, or with spaces or parentheses, which no SIP address has. */
const WRITTEN_NUMBER = /^(?:\+[\d\-. ()+]*|[\d(][\d\-.()]*[ ()][\d\-. ()+]*)$/;

/** Whether a text without a scheme is meant as a telephone number, and not as a SIP address. */
export function looksLikeNumber(text: string): boolean {
  const [body = ''] = text.split(';');
  return DIGITS_WITH_HYPHENS.test(body) || WRITTEN_NUMBER.test(body);
}

/**
 * Reads a `callTo` as the reference API does: `tel:` and digits, with single hyphens between them, are telephone
 * numbers; so are numbers as people write them, with a + or spaces or parentheses. Anything else is a SIP address.
 */
export function parseDestination(
  callTo: string,
  options: PhoneNumberOptions = {},
): Destination | { problem: string } {
  const isTel = /^tel:/i.test(callTo);
  if (isTel || looksLikeNumber(callTo)) {
    const found = parsePhoneNumber(isTel ? callTo.slice(4) : callTo, options);
    return 'problem' in found ? found : { kind: 'tel', ...found };
  }
  const uri = parseSipUri(/^sips?:/i.test(callTo) ? callTo : `sip:${callTo}`);
  if ('problem' in uri) return { problem: `not a telephone number, and as a SIP address ${uri.problem}` };
  return { kind: 'sip', uri };
}

/** The normal form of a destination, in which it is stored: `tel:+441632960001` or `sip:user@host;params`. */
export function formatDestination(destination: Destination): string {
  return destination.kind === 'tel'
    ? `tel:${destination.number}${destination.parameters}`
    : formatSipUri(destination.uri);
}

/** zod: accepts any spelling of a destination and returns its normal form. */
export function callToSchemaFor(options: PhoneNumberOptions = {}) {
  return z
    .string()
    .min(1, 'it is empty')
    .max(1024)
    .transform((text, context) => {
      const destination = parseDestination(text.trim(), options);
      if ('problem' in destination) {
        context.addIssue({ code: 'custom', message: destination.problem, input: text });
        return z.NEVER;
      }
      return formatDestination(destination);
    });
}
