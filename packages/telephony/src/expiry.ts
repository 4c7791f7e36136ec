/** By then our own CANCEL is long through, if anybody is left to send it. */
const MARGIN_SECONDS = 3;

/**
 * The INVITE's `Expires` (RFC 3261, sections 13.2.1 and 20.19): a callee that keeps to it stops ringing by itself, with
 * 487 (section 13.3.1), when whoever would have cancelled is gone. None for a dial without a limit. A trunk that is
 * configured with an `Expires` of its own keeps that.
 */
export function withExpiry(
  headers: Readonly<Record<string, string>>,
  secondsTimeout: number | null | undefined,
): Record<string, string> {
  const isGiven = Object.keys(headers).some((name) => name.toLowerCase() === 'expires');
  if (isGiven || secondsTimeout === null || secondsTimeout === undefined) return { ...headers };
  return { ...headers, Expires: String(Math.ceil(secondsTimeout) + MARGIN_SECONDS) };
}
