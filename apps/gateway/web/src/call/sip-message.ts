import type { CapturedSip } from '@outdial/contract';

/** `INVITE sip:...` and `180 Ringing`: the first line without the version. */
export function firstLine({ text }: CapturedSip): string {
  const [line = ''] = text.split('\r\n', 1);
  return line.replace(/^SIP\/2\.0 /, '').replace(/ SIP\/2\.0$/, '');
}

/** `INVITE` and `180 Ringing`. */
export function shortName(message: CapturedSip): string {
  const line = firstLine(message);
  return isResponse(message) ? line : (line.split(' ', 1)[0] ?? line);
}

/** Whether it refuses something. */
export function isRefusal(message: CapturedSip): boolean {
  return isResponse(message) && /^[4-6]/.test(firstLine(message));
}

function isResponse({ text }: CapturedSip): boolean {
  return text.startsWith('SIP/2.0 ');
}

/** The element of the list that has the message. */
export function elementIdOf(place: number): string {
  return `sip-message-${place}`;
}
