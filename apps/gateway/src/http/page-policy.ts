/** A page loads nothing but the gateway's own files, has no inline script or style, and may not be framed. */
const STRICT = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** The Content-Security-Policy of a page, with the directives in which it differs. */
export function pagePolicy(own: Readonly<Record<string, string>>): string {
  return Object.entries({ ...STRICT, ...own })
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');
}
