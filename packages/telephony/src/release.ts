import { setTimeout as delay } from 'node:timers/promises';
import type { EndpointReport, LegReport, Whereabouts } from './api.js';
import { authOf, type Credentials } from './credentials.js';
import { deferred } from './deferred.js';
import type { DrachtioServer } from './drachtio-server.js';
import type { FreeswitchServer } from './freeswitch-server.js';
import type { SipResponse, UacError } from './srf-types.js';
import { within } from './within.js';

const ANSWER_WITHIN_MS = 5000;
/** Between two tries at most; the first follow faster. */
const PAUSE_MAX_MS = 1000;
/** A server that was not heard for so long has lost its calls. */
const SILENT_MS = 60_000;
/**
 * An INVITE whose transaction nobody knows cannot be cancelled; but once it is answered, its dialog is found by Call-ID. So
 * it is looked for as long as it may ring: drachtio ends an INVITE without a final response after 185 s (RFC 3261, section
 * 16.6, timer C).
 */
const BLIND_MS = 190_000;

/** The tag of our From: chosen by us, so that drachtio's id of the dialog is known before there is one. */
export function fromTagOf(callId: string): string {
  return callId.replaceAll('-', '');
}

/** drachtio's id of a dialog that it started. */
function dialogIdOf(callId: string): string {
  return `${callId};from-tag=${fromTagOf(callId)}`;
}

/**
 * What one try found. `cancelling`: the INVITE is there and its CANCEL is under way, but a 200 may cross it. `silent`: the
 * server did not answer, or not with anything that tells.
 */
type Found = 'released' | 'gone' | 'cancelling' | 'silent';

/**
 * Ends a leg that nobody holds any more: its owner is lost, or the connection that it was made on. drachtio keeps a dialog
 * whose client is gone and lets any client end it: by dialog id once answered, by transaction id while it rings. It
 * acknowledges and ends nothing by itself, not even a 200 that crosses the CANCEL. So both are tried until drachtio knows
 * neither the dialog nor the transaction. The whereabouts are read anew at each try: their owner may yet learn more.
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
    if (found === 'gone' && (!mayAppear(whereabouts) || now - startedAt > BLIND_MS)) return 'gone';
    if (found !== 'silent') heardAt = now;
    if (now - heardAt > SILENT_MS) return 'unreachable';
    await pause(attempt, signal);
  }
  return 'stopped';
}

/** Ends an endpoint that another process made, which as a rule FreeSWITCH has done itself by then. */
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

/** Whether an INVITE may be out that no id on record leads to. */
function mayAppear({ stackTxnId, stackDialogId, mayBeSentAnew }: Whereabouts): boolean {
  return stackDialogId === undefined && (stackTxnId === undefined || mayBeSentAnew === true);
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

/** For a dialog that it does not have, drachtio refuses to send a BYE. */
async function endDialog(
  drachtio: DrachtioServer,
  stackDialogId: string,
  credentials: Credentials | null,
): Promise<Found> {
  const answered = deferred<SipResponse>();
  const forget = drachtio.onLost(() => answered.reject(new Error('drachtio was lost')));
  try {
    const asked = drachtio.request(
      { method: 'BYE', stackDialogId, ...authOf(credentials) },
      answered.resolve,
    );
    const [{ status }] = await within(Promise.all([answered.promise, asked]), ANSWER_WITHIN_MS, 'BYE');
    // 481: the far end does not know of it any more (RFC 3261, section 15.1.2).
    return status === 200 || status === 481 ? 'released' : 'silent';
  } catch (error) {
    return (error as UacError).code === 'ENODIALOG' ? 'gone' : 'silent';
  } finally {
    forget();
  }
}

/** The CANCEL's own 200 is never passed up; what tells is that drachtio knows the transaction until it is over. */
async function cancel(drachtio: DrachtioServer, stackTxnId: string): Promise<Found> {
  try {
    await within(drachtio.request({ method: 'CANCEL', stackTxnId }), ANSWER_WITHIN_MS, 'CANCEL');
    return 'cancelling';
  } catch (error) {
    const { code, message } = error as UacError;
    if (code !== 'EDRACHTIO') return 'silent';
    // Any other refusal is of an INVITE that is cancelled, or answered, already.
    return /unknown transaction/.test(message) ? 'gone' : 'cancelling';
  }
}

async function pause(attempt: number, signal: AbortSignal): Promise<void> {
  const pauseMs = Math.min(PAUSE_MAX_MS, 100 * 2 ** attempt);
  await delay(pauseMs, undefined, { signal }).catch(() => undefined);
}
