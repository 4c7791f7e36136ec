import type { AuthorizationHeaders } from '../sip/digest/challenge-responder.js';

/**
 * Credentials as headers that drachtio-srf sends one by one. It joins the values of a list by commas, which RFC 3261, section
 * 7.3.1, forbids for credentials. But it keeps names that differ in case apart, and case has no meaning.
 */
export function separateHeaders(credentials: AuthorizationHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(credentials).flatMap(([name, values]) => {
      const spellings = [name, name.toLowerCase(), name.toUpperCase()];
      return spellings.flatMap((spelling, index) =>
        values[index] === undefined ? [] : [[spelling, values[index]] as const],
      );
    }),
  );
}
