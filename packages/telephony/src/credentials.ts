import type { Auth } from './srf-types.js';

/** A trunk's digest credentials. */
export interface Credentials {
  username: string;
  password: string;
}

/** The option `auth` of a request to a trunk, where the trunk has credentials. */
export function authOf(credentials: Credentials | null, isWanted?: () => boolean): { auth?: Auth } {
  return credentials === null ? {} : { auth: answerOnce(credentials, isWanted) };
}

/**
 * Credentials for one challenge. drachtio-srf answers each anew that follows a 100, so a wrong password
 * would be tried for ever; and it would place a call anew whose CANCEL the challenge has overtaken.
 */
function answerOnce({ username, password }: Credentials, isWanted: () => boolean = () => true): Auth {
  let wasAsked = false;
  return (_request, _response, callback) => {
    if (wasAsked || !isWanted()) {
      callback(new Error('the challenge is not answered'));
      return;
    }
    wasAsked = true;
    callback(null, username, password);
  };
}
