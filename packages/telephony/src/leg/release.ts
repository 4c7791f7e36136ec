import { setTimeout as delay } from 'node:timers/promises';
import { TIME_LIMITS, type Whereabouts } from '@outdial/contract';
import type { EndpointReport, LegReport } from '../api.js';
import { withTimeout } from '../async/with-timeout.js';
import { requestAuthenticated } from '../drachtio/authenticated-request.js';
import type { DrachtioServer } from '../drachtio/drachtio-server.js';
import type { UacError } from '../drachtio/srf-types.js';
import type { FreeswitchServer } from '../freeswitch/freeswitch-server.js';
import type { Credentials } from '../sip/digest/response.js';

const ANSWER_WITHIN_MS = 5000;
/** The longest pause between two attempts; the first attempts follow faster. */
const PAUSE_MAX_MS = 1000;
/** A server that has been silent for so long counts as having lost its calls. */
const SILENT_MS = 60_000;
/** The tag of our From header. We choose it, so that drachtio's dialog id is known before there is a dialog. */
export function fromTagOf(callId: string): string {
  return callId.replaceAll('-', '');
}

/** drachtio's id of the dialog of an outbound INVITE. */
function dialogIdOf(callId: string): string {
  return `${callId};from-tag=${fromTagOf(callId)}`;
}

/**
 * What one attempt found. `cancelling`: the INVITE is pending and its CANCEL was sent, but a 200 may cross it. `silent`:
 * the server did not answer conclusively.
 */
type Found = 'released' | 'gone' | 'cancelling' | 'silent';

/**
 * Ends a leg whose owner, or whose connection, is lost. drachtio keeps a dialog whose client is gone and lets any client
 * end it: by dialog id once answered, by transaction id while it rings. It acknowledges and ends nothing by itself, not
 * even a 200 that crosses the CANCEL. So both are tried until drachtio knows neither the dialog nor the transaction. Each
 * attempt reads the whereabouts again, since their owner may still learn more.
 */
export async function releaseLeg(
  whereabouts: Whereabouts,
  drachtio: DrachtioServer,
  credentials: Credentials | null,
  signal: AbortSignal,
): Promise<LegReport> {
  const startedAt = performance.now();
  let heardAt = startedAt;
  let wasFound = false;
  for (let attempt = 0; !signal.aborted; attempt++) {
    const found = drachtio.isUp ? await endLeg(whereabouts, drachtio, credentials) : 'silent';
    const now = performance.now();
    if (found === 'released') return 'released';
    wasFound ||= found === 'cancelling';
    if (found === 'gone' && wasFound) return 'released';
    if (found === 'gone' && (!mayAppear(whereabouts) || now - startedAt > TIME_LIMITS.unknownInviteMs))
      return 'gone';
    if (found !== 'silent') heardAt = now;
    if (now - heardAt > SILENT_MS) return 'unreachable';
    await pause(attempt, signal);
  }
  return 'stopped';
}

/** Ends an endpoint that another process made; usually FreeSWITCH has already done so. */
export async function releaseEndpoint(
  endpointUuid: string,
  freeswitch: FreeswitchServer,
  signal: AbortSignal,
): Promise<EndpointReport> {
  const startedAt = performance.now();
  for (let attempt = 0; !signal.aborted; attempt++) {
    const report = await freeswitch.killChannel(endpointUuid);
    if (report !== 'unreachable' || performance.now() - startedAt > SILENT_MS) return report;
    await pause(attempt, signal);
  }
  return 'stopped';
}

/** Whether an INVITE may be pending that no recorded id leads to. */
function mayAppear({ stackTxnId, stackDialogId, mayBeResent }: Whereabouts): boolean {
  return stackDialogId === undefined && (stackTxnId === undefined || mayBeResent === true);
}

async function endLeg(
  { stackDialogId, stackTxnId, callId }: Whereabouts,
  drachtio: DrachtioServer,
  credentials: Credentials | null,
): Promise<Found> {
  const found = await endDialog(drachtio, stackDialogId ?? dialogIdOf(callId), credentials);
  if (found !== 'gone' || stackTxnId === undefined) return found;
  return cancel(drachtio, stackTxnId);
}

/** drachtio refuses to send a BYE in a dialog that it does not have. */
async function endDialog(
  drachtio: DrachtioServer,
  stackDialogId: string,
  credentials: Credentials | null,
): Promise<Found> {
  try {
    const bye = requestAuthenticated(drachtio, { method: 'BYE', stackDialogId }, credentials);
    const { status } = await withTimeout(bye, ANSWER_WITHIN_MS, 'BYE');
    // 481: the far end no longer has the dialog (RFC 3261 section 15.1.2).
    return status === 200 || status === 481 ? 'released' : 'silent';
  } catch (error) {
    return (error as UacError).code === 'ENODIALOG' ? 'gone' : 'silent';
  }
}

/** drachtio never passes the CANCEL's own 200 on; but it knows the transaction until it is over. */
async function cancel(drachtio: DrachtioServer, stackTxnId: string): Promise<Found> {
  try {
    await withTimeout(drachtio.request({ method: 'CANCEL', stackTxnId }), ANSWER_WITHIN_MS, 'CANCEL');
    return 'cancelling';
  } catch (error) {
    const { code, message } = error as UacError;
    if (code !== 'EDRACHTIO') return 'silent';
    // Any other refusal concerns an INVITE that is already cancelled or answered.
    return /unknown transaction/.test(message) ? 'gone' : 'cancelling';
  }
}

async function pause(attempt: number, signal: AbortSignal): Promise<void> {
  const pauseMs = Math.min(PAUSE_MAX_MS, 100 * 2 ** attempt);
  await delay(pauseMs, undefined, { signal }).catch(() => undefined);
}
