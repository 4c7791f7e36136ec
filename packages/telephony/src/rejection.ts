import { classifyResponse, type Rejection, type ResponseContext } from './cause.js';
import type { SipResponse } from './srf-types.js';

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

/** An INVITE that drachtio refused to send. */
export function rejectionOfUnsent(error: Error | null): Rejection {
  const message = `drachtio did not send the INVITE: ${error?.message ?? 'no reason given'}`;
  return {
    cause: 'ERROR',
    rawCause: { sipStatus: null, sipReason: null, q850: null },
    error: { code: 'INTERNAL', message },
  };
}
