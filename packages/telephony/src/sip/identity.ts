import { hostOf } from '../addresses.js';
import type { DialRequest } from '../api.js';
import type { NumberFormat, Trunk } from '../configuration.js';

type Caller = Pick<DialRequest, 'callFrom' | 'callerName' | 'anonymous'>;

/** Who calls, outside of trunks. */
export function ownIdentity(caller: Caller, fromDomain: string): Record<string, string> {
  return { From: caller.anonymous ? ANONYMOUS : addressOf(caller, fromDomain, null), ...privacyOf(caller) };
}

/**
 * Who calls, as a trunk wants to be told: in From (RFC 3261, section 20.20) and, where it is configured so, in
 * P-Asserted-Identity (RFC 3325). An anonymous call hides the caller in From, and asks the trunk to hide the rest (RFC 3323,
 * sections 4.1.1.3 and 4.2; RFC 3325, section 9.3).
 */
export function trunkIdentity(caller: Caller, trunk: Trunk): Record<string, string> {
  const address = addressOf(caller, trunk.fromDomain ?? hostOf(trunk.address), trunk.numberFormat);
  return {
    From: caller.anonymous ? ANONYMOUS : address,
    ...(trunk.callerIdIn === 'pAssertedIdentity' ? { 'P-Asserted-Identity': address } : {}),
    ...privacyOf(caller),
  };
}

/** A number as a trunk wants it in a URI's user part. */
export function formatNumber(number: string, { plus, prefix = '' }: NumberFormat): string {
  return `${prefix}${plus ? number : number.replace(/^\+/, '')}`;
}

const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';

function privacyOf({ anonymous }: Caller): Record<string, string> {
  return anonymous ? { Privacy: 'id' } : {};
}

function addressOf(
  { callFrom = 'outdial', callerName }: Caller,
  fromDomain: string,
  format: NumberFormat | null,
): string {
  const [user = '', domain = fromDomain] = callFrom.split('@');
  // The prefix is for dialled numbers: a caller id with it would be another number.
  const formatted = format === null ? user : formatNumber(user, { ...format, prefix: undefined });
  const name = callerName === undefined ? '' : `"${callerName.replaceAll(/["\\]/g, '\\$&')}" `;
  return `${name}<sip:${formatted}@${domain}>`;
}
