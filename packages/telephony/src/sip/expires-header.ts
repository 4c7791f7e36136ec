/** By then our own CANCEL, if it is sent, is through. */
const MARGIN_SECONDS = 3;

/**
 * The headers with the INVITE's `Expires` (RFC 3261 sections 13.2.1 and 20.19): a callee that honours it stops ringing by
 * itself, with 487 (section 13.3.1), should our worker be gone by then. Not set for a dial without a limit; an `Expires`
 * that is already among the headers is kept.
 */
export function withExpiresHeader(
  headers: Readonly<Record<string, string>>,
  secondsTimeout: number | null | undefined,
): Record<string, string> {
  const isSet = Object.keys(headers).some((name) => name.toLowerCase() === 'expires');
  if (isSet || secondsTimeout === null || secondsTimeout === undefined) return { ...headers };
  return { Expires: String(Math.ceil(secondsTimeout) + MARGIN_SECONDS), ...headers };
}
