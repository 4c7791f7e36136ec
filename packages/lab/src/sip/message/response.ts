/** The responses of an agent. */

import type { ServerTransaction } from '../transaction/transaction-types.js';
import type { HeaderValues } from './headers.js';
import { responseTo, type SipResponse, tagOf } from './message.js';

export const ALLOWED_METHODS = 'INVITE, ACK, CANCEL, BYE, UPDATE, INFO, OPTIONS, MESSAGE, REFER, NOTIFY';

export interface ResponseOptions {
  /** Sent as `application/sdp`. */
  readonly sdp?: string;
  readonly headers?: HeaderValues;
  /** The reason phrase; by default the one that belongs to the status. */
  readonly reason?: string;
}

/** A response with our tag (except on a 100), a Contact where one is required, and the given options. */
export function makeResponse(
  transaction: ServerTransaction,
  status: number,
  options: ResponseOptions,
  own: { readonly contact: string; readonly userAgent: string },
): SipResponse {
  const { request, localTag } = transaction;
  const response = responseTo(request, status, options.reason);
  const { headers } = response;
  if (status > 100 && tagOf(request, 'To') === undefined) {
    headers.set('To', `${request.headers.get('To')};tag=${localTag}`);
  }
  const makesDialog = request.method === 'INVITE' || request.method === 'UPDATE';
  if (makesDialog && status > 100 && status < 300) {
    headers.set('Contact', own.contact).set('Allow', ALLOWED_METHODS);
  }
  headers.set('Server', own.userAgent);
  headers.assign(options.headers ?? {});
  if (options.sdp !== undefined && options.sdp !== '') {
    response.body = options.sdp;
    if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/sdp');
  }
  return response;
}
