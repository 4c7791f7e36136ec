import type { Cause, ErrorCode, RawCause } from '@outdial/contract';

/** A final response to our INVITE, as far as it says why the call ended. */
export interface FinalResponse {
  status: number;
  reason: string | null;
  /** The header's value; a list when it stood more than once. */
  reasonHeader?: string | readonly string[] | undefined;
  retryAfter?: string | undefined;
  callInfo?: string | undefined;
  /** Made up by our own stack (no answer at all, nowhere to send to), not received from the network. */
  isLocal: boolean;
}

export interface ResponseContext {
  /** Whether a 180, or a 183 with SDP, had come before. */
  rang: boolean;
  /** The trunk's own reading of a status, by status. */
  overrides: Readonly<Record<string, Cause>>;
}

export interface Rejection {
  cause: Cause;
  rawCause: RawCause;
  error?: { code: ErrorCode; message: string };
}

/** What a far end says goes into results: no more of it than anybody reads. */
const TEXT_MAX = 1024;

/**
 * Why a call that was never answered ended: the one reading of a final SIP response. The status usually
 * comes from a gateway that made it out of ISUP, so RFC 3398 section 7.2.6, inverted, guides the table. A
 * Reason header with a Q.850 value (RFC 3326, RFC 6432) overrides it.
 */
export function classifyResponse(response: FinalResponse, context: ResponseContext): Rejection {
  const { status } = response;
  if (response.isLocal) return classifyLocal(response);
  const q850 = parseQ850(response.reasonHeader);
  const isStatus = status >= 100 && status <= 699;
  const rawCause: RawCause = {
    sipStatus: isStatus ? status : null,
    sipReason: isStatus ? (response.reason?.slice(0, TEXT_MAX) ?? null) : `no status of SIP: ${status}`,
    q850,
    ...retryAfterSeconds(response.retryAfter),
    ...(status === 607 ? { suppression: 'unwanted' as const } : {}),
    ...(status === 608 ? { suppression: 'blocked' as const } : {}),
    ...(status === 608 && response.callInfo !== undefined
      ? { callInfo: response.callInfo.slice(0, TEXT_MAX) }
      : {}),
  };
  const overriding = status === 607 || status === 608 ? null : overridingCause(q850, status);
  const cause = overriding ?? context.overrides[status] ?? causeOfStatus(status, context.rang);
  if (cause !== 'ERROR') return { cause, rawCause };
  const says = `${status} ${rawCause.sipReason ?? ''}`.trim();
  const message =
    status === 401 || status === 407
      ? `the trunk's challenge was not met: ${says}`
      : `the trunk refused our account or identity: ${says}`;
  return { cause, rawCause, error: { code: 'TRUNK_AUTHENTICATION', message } };
}

/** Why the far end hung up an answered call: NORMAL, unless a Reason header of its BYE says more. */
export function classifyBye(reasonHeader: string | readonly string[] | undefined): {
  cause: Cause;
  q850: number | null;
} {
  const q850 = parseQ850(reasonHeader);
  if (q850 === null || q850 === 0) return { cause: 'NORMAL', q850 };
  return { cause: causeOfQ850(q850) ?? 'OTHER', q850 };
}

/** A trunk that is dead or out of reach says nothing about the callee, so there is no status to report. */
function classifyLocal({ status }: FinalResponse): Rejection {
  const sipReason = status === 408 ? 'no response' : `could not be sent (${status} made locally)`;
  return { cause: 'FAILED', rawCause: { sipStatus: null, sipReason, q850: null } };
}

const CAUSE_OF_STATUS: Readonly<Record<number, Cause>> = {
  300: 'OTHER',
  301: 'CHANGED',
  302: 'OTHER',
  305: 'OTHER',
  380: 'OTHER',
  401: 'ERROR',
  402: 'ERROR',
  403: 'BARRED',
  404: 'UNOBTAINABLE',
  407: 'ERROR',
  408: 'NOANSWER',
  410: 'CHANGED',
  428: 'ERROR',
  429: 'ERROR',
  436: 'ERROR',
  437: 'ERROR',
  438: 'ERROR',
  480: 'NOANSWER',
  484: 'UNOBTAINABLE',
  485: 'UNOBTAINABLE',
  486: 'BUSY',
  488: 'FAILED',
  500: 'FAILED',
  502: 'OUTOFORDER',
  503: 'CONGESTION',
  504: 'FAILED',
  600: 'BUSY',
  603: 'REJECTED',
  604: 'UNOBTAINABLE',
  606: 'FAILED',
  607: 'REJECTED',
  608: 'REJECTED',
};

function causeOfStatus(status: number, rang: boolean): Cause {
  // A 487 that we did not ask for: the network gave up on the callee.
  if (status === 487) return rang ? 'NOANSWER' : 'OTHER';
  const cause = CAUSE_OF_STATUS[status];
  if (cause !== undefined) return cause;
  if (status >= 600 && status <= 699) return 'REJECTED';
  return status >= 400 ? 'FAILED' : 'OTHER';
}

/** Values too vague to say more than a status of 400 or above does: none, normal, unspecified, interworking. */
const VAGUE_Q850: readonly number[] = [0, 16, 31, 127];

function overridingCause(q850: number | null, status: number): Cause | null {
  if (q850 === null || (status >= 400 && VAGUE_Q850.includes(q850))) return null;
  return causeOfQ850(q850);
}

const Q850_OF_CAUSE: ReadonlyArray<readonly [Cause, readonly number[]]> = [
  ['UNOBTAINABLE', [1, 2, 3, 5, 28]],
  ['NORMAL', [16]],
  ['BUSY', [17]],
  ['NOANSWER', [18, 19]],
  ['OUTOFORDER', [20, 27]],
  ['REJECTED', [21]],
  ['CHANGED', [22, 23]],
  ['OTHER', [31]],
  ['NOCHANNELS', [34, 44, 58]],
  ['CONGESTION', [42, 47]],
  ['BARRED', [52, 53, 54, 55, 57, 87]],
  ['FAILED', [25, 29, 38, 41, 111, 127]],
];
const CAUSE_OF_Q850 = new Map(
  Q850_OF_CAUSE.flatMap(([cause, values]) => values.map((value) => [value, cause] as const)),
);

/** Null for a value that no table names: it says nothing that we could act on. */
function causeOfQ850(q850: number): Cause | null {
  return CAUSE_OF_Q850.get(q850) ?? (q850 >= 63 && q850 <= 102 ? 'FAILED' : null);
}

/** The Q.850 value of a Reason header (RFC 3326): `SIP;cause=486, Q.850;cause=17;text="busy, sorry"`. */
export function parseQ850(header: string | readonly string[] | undefined): number | null {
  const text = typeof header === 'string' ? header : (header ?? []).join(',');
  const unquoted = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  for (const value of unquoted.split(',')) {
    const cause = /^\s*Q\.850\s*;(?:.*;)?\s*cause\s*=\s*(\d{1,3})\s*(?:;|$)/i.exec(value)?.[1];
    if (cause !== undefined && Number(cause) <= 127) return Number(cause);
  }
  return null;
}

/** Seconds of a Retry-After header (RFC 3261, section 20.33), whose comment and parameters are dropped. */
function retryAfterSeconds(header: string | undefined): { retryAfterSeconds?: number } {
  const seconds = /^\s*(\d{1,9})(?![\d])/.exec(header ?? '')?.[1];
  return seconds === undefined ? {} : { retryAfterSeconds: Number(seconds) };
}
