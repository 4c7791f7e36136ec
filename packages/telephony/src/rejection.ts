import { classifyResponse, type Rejection, type ResponseContext } from './cause.js';
import { MessageTooLong } from './message-limit.js';
import type { SipResponse, UacError } from './srf-types.js';

/** Why a call ended, read from the response as drachtio-srf hands it over. */
export function rejectionOf(response: SipResponse, context: ResponseContext): Rejection {
  const { headers } = response.msg;
  const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);
  return classifyResponse(
    {
      status: response.status,
      reason: response.reason ?? null,
      reasonHeader: headers.reason,
      retryAfter: first(headers['retry-after']),
      callInfo: first(headers['call-info']),
      // Only what came over the network has an address that it came from.
      isLocal: !response.source_address,
    },
    context,
  );
}

/**
 * Errors of drachtio-srf that say that a request did not leave: drachtio refused it, or there was no connection. Any other
 * may come of a request that has left (one whose echo it cannot read, say).
 */
const UNSENT = ['EDRACHTIO', 'ESOCKETDESTROYED', 'EINVALIDSOCKET', 'ERR_ASSERTION'];

/** Whether it is certain that the INVITE did not leave. */
export function isUnsent(error: UacError | null): boolean {
  return error instanceof MessageTooLong || UNSENT.includes(error?.code ?? '');
}

/** An INVITE that did not leave. */
export function rejectionOfUnsent(error: Error | null): Rejection {
  const message = `the INVITE was not sent: ${error?.message ?? 'no reason given'}`;
  return {
    cause: 'ERROR',
    rawCause: { sipStatus: null, sipReason: null, q850: null },
    error: { code: 'INTERNAL', message },
  };
}

/** A 2xx that no dialog can be made of. */
export function rejectionOfUnusable({ status }: SipResponse): Rejection {
  const sipReason = status === 200 ? 'answered without a Contact' : 'answered with another 2xx than 200';
  return { cause: 'FAILED', rawCause: { sipStatus: status, sipReason, q850: null } };
}
