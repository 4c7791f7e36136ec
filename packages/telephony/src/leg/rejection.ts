import type { SipRequest, SipResponse, UacError } from '../drachtio/srf-types.js';
import { classifyBye, classifyResponse, type Rejection, type ResponseContext } from '../sip/cause.js';
import { MessageTooLong } from '../sip/message-limit.js';

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
      // Only a response from the network has a source address.
      isLocal: !response.source_address,
    },
    context,
  );
}

/**
 * Error codes of drachtio-srf for a request that did not leave: drachtio refused it, or there was no connection. Any other
 * error may concern a request that has left (for example, one whose echo it cannot read).
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

/** A 200 whose session description gives us no audio. */
export function rejectionOfMedia(problem: string): Rejection {
  return {
    cause: 'ERROR',
    rawCause: { sipStatus: 200, sipReason: 'answered without usable audio', q850: null },
    error: { code: 'MEDIA_FAILED', message: `the callee was released at once: ${problem}` },
  };
}

/** A 2xx that makes no dialog. */
export function rejectionOfUnusable({ status }: SipResponse): Rejection {
  const sipReason = status === 200 ? 'answered without a Contact' : 'answered with another 2xx than 200';
  return { cause: 'FAILED', rawCause: { sipStatus: status, sipReason, q850: null } };
}

/** Why an answered call was hung up: by the far end's BYE, or by one that drachtio sent by itself. */
export function hangUpOf(bye: SipRequest): ReturnType<typeof classifyBye> {
  // drachtio ends a dialog whose session timer expired, or whose far end did not acknowledge our 200.
  if (bye.source === 'application') return { cause: 'FAILED', q850: null };
  return classifyBye(bye.msg.headers.reason);
}
