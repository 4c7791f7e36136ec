/** The prefix `__Host-` makes browsers refuse the cookie unless this very host set it over TLS. */
const NAMES = { secure: '__Host-outdial-session', plain: 'outdial-session' } as const;

/** The session's token in a `Cookie` header; null: none. */
export function cookieOf(header: string | undefined): string | null {
  for (const name of [NAMES.secure, NAMES.plain]) {
    const [, token] = new RegExp(`(?:^|; ?)${name}=([A-Za-z0-9_-]{43})(?:;|$)`).exec(header ?? '') ?? [];
    if (token !== undefined) return token;
  }
  return null;
}

/** It goes to no other site, no script reads it, and it ends with the browser's session. */
export function sessionCookie(token: string, isSecure: boolean): string {
  return `${nameFor(isSecure)}=${token}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}

export function clearedCookie(isSecure: boolean): string {
  return `${sessionCookie('', isSecure)}; Max-Age=0`;
}

function nameFor(isSecure: boolean): string {
  return isSecure ? NAMES.secure : NAMES.plain;
}
