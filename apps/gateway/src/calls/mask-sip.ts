import { maskNumbers } from '@outdial/contract';

/** Where numbers may have visual separators (RFC 3966, section 3): tel URIs, the users of SIP URIs, and names in quotes. */
const NUMBERED = [/\btel:[^;>,\s]+/gi, /\bsips?:[^@<>\s]+@/gi, /"[^"\r\n]*"/g];
const SEPARATED = /\+?\(?\d(?:[-. ()]{0,3}\d){6,}/g;

/** Hides most of each number in a SIP message, of seven digits and more. Addresses and what the media needs stay readable. */
export function maskSip(text: string): string {
  const joined = NUMBERED.reduce((told, place) => told.replace(place, joinDigits), text);
  return maskNumbers(joined);
}

/** Numbers without their separators. */
function joinDigits(part: string): string {
  return part.replaceAll(SEPARATED, (number) => number.replaceAll(/[^\d+]/g, ''));
}
