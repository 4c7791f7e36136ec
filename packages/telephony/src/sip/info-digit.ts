const DIGIT = /^[0-9*#A-D]$/;

/**
 * The key that an INFO tells, or null. `application/dtmf-relay` has lines `Signal=5` and `Duration=160`;
 * `application/dtmf` has the key alone. Some send 10 and 11 for `*` and `#`.
 */
export function digitOfInfo(contentType: string | undefined, body: string | undefined): string | null {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  if (body === undefined) return null;
  const signal =
    type === 'application/dtmf-relay'
      ? /^\s*signal\s*=\s*(\S+)/im.exec(body)?.[1]
      : type === 'application/dtmf'
        ? body.trim()
        : undefined;
  const digit = signal === '10' ? '*' : signal === '11' ? '#' : (signal?.toUpperCase() ?? '');
  return DIGIT.test(digit) ? digit : null;
}
