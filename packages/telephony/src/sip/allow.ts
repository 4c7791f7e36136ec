/** The methods that a call accepts. */
export const ALLOW = 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, NOTIFY';

/** What the answer to an OPTIONS says of us (RFC 3261 section 11.2). */
export const OPTIONS_HEADERS: Readonly<Record<string, string>> = {
  Allow: ALLOW,
  Accept: 'application/sdp',
  'Accept-Encoding': 'identity',
  'Accept-Language': 'en',
};
