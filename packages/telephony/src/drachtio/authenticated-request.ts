import { deferred } from '../async/deferred.js';
import { ChallengeResponder } from '../sip/digest/challenge-responder.js';
import type { Credentials } from '../sip/digest/response.js';
import { cseqOf } from '../sip/header.js';
import type { DrachtioServer } from './drachtio-server.js';
import { separateHeaders } from './separate-headers.js';
import type { RequestOptions, SipResponse } from './srf-types.js';

/**
 * Sends a request, answers the challenges that it meets, and resolves with its final response. Rejects where drachtio
 * refuses to send it, or is lost.
 */
export async function requestAuthenticated(
  drachtio: DrachtioServer,
  options: RequestOptions,
  credentials: Credentials | null,
): Promise<SipResponse> {
  const responder = credentials === null ? null : new ChallengeResponder(credentials);
  let headers = options.headers ?? {};
  while (true) {
    const response = await requestOnce(drachtio, Object.assign({}, options, { headers }));
    if (response.status !== 401 && response.status !== 407) return response;
    const { method, uri, body } = response.req;
    const answer = responder?.answer(response.msg.headers, { method, uri, body: body ?? '' });
    if (!answer) return response;
    // drachtio numbers the requests of a dialog itself.
    const cseq = options.stackDialogId === undefined ? { CSeq: `${cseqOf(response) + 1} ${method}` } : {};
    headers = { ...options.headers, ...cseq, ...separateHeaders(answer) };
  }
}

async function requestOnce(drachtio: DrachtioServer, options: RequestOptions): Promise<SipResponse> {
  const answered = deferred<SipResponse>();
  const stopListening = drachtio.onLost(() => answered.reject(new Error('drachtio was lost')));
  try {
    const sent = drachtio.request(options, (response) => {
      if (response.status >= 200) answered.resolve(response);
    });
    const [response] = await Promise.all([answered.promise, sent]);
    return response;
  } finally {
    stopListening();
  }
}
