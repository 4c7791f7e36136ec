import type { ReleaseReport, Whereabouts } from './api.js';
import { deferred } from './deferred.js';
import type { DrachtioServer } from './drachtio-server.js';
import type { FreeswitchServer } from './freeswitch-server.js';
import type { SipResponse } from './srf-types.js';
import { within } from './within.js';

const ANSWER_WITHIN_MS = 5000;

/** The tag of our From: chosen by us, so that drachtio's id of the dialog is known before there is one. */
export function fromTagOf(callId: string): string {
  return callId.replaceAll('-', '');
}

/** drachtio's id of a dialog that it started. */
function dialogIdOf(callId: string): string {
  return `${callId};from-tag=${fromTagOf(callId)}`;
}

/**
 * Ends a call that another process made. drachtio keeps a dialog whose client is gone and lets any other
 * client end it: by dialog id once answered, by transaction id while it rings. Where the worker was lost before
 * it could put the dialog id on record, it follows from the Call-ID.
 */
export async function release(
  whereabouts: Whereabouts,
  drachtio: DrachtioServer | undefined,
  freeswitch: FreeswitchServer | undefined,
): Promise<ReleaseReport> {
  const [leg, endpoint] = await Promise.all([
    drachtio?.isUp === true ? releaseLeg(whereabouts, drachtio) : ('unreachable' as const),
    releaseEndpoint(whereabouts, freeswitch),
  ]);
  return { leg, endpoint };
}

async function releaseLeg(
  { stackDialogId, stackTxnId, callId }: Whereabouts,
  drachtio: DrachtioServer,
): Promise<ReleaseReport['leg']> {
  const dialogId = stackDialogId ?? dialogIdOf(callId);
  if (await endDialog(drachtio, dialogId)) return 'released';
  if (stackTxnId !== undefined && (await cancel(drachtio, stackTxnId))) {
    // The CANCEL of a call that was answered meanwhile is accepted and ends nothing: so a BYE follows it.
    await endDialog(drachtio, dialogId);
    return 'released';
  }
  return drachtio.isUp ? 'gone' : 'unreachable';
}

/** A BYE that the far end answered. For a dialog that it does not have, drachtio refuses to send one. */
async function endDialog(drachtio: DrachtioServer, stackDialogId: string): Promise<boolean> {
  try {
    const answered = deferred<SipResponse>();
    await within(
      drachtio.request({ method: 'BYE', stackDialogId }, answered.resolve),
      ANSWER_WITHIN_MS,
      'BYE',
    );
    return (await within(answered.promise, ANSWER_WITHIN_MS, 'the answer to BYE')).status === 200;
  } catch {
    return false;
  }
}

/** The CANCEL's own 200 is never passed up; that drachtio knew the transaction has to do. */
async function cancel(drachtio: DrachtioServer, stackTxnId: string): Promise<boolean> {
  try {
    await within(drachtio.request({ method: 'CANCEL', stackTxnId }), ANSWER_WITHIN_MS, 'CANCEL');
    return true;
  } catch {
    return false;
  }
}

async function releaseEndpoint(
  { endpointUuid }: Whereabouts,
  freeswitch: FreeswitchServer | undefined,
): Promise<ReleaseReport['endpoint']> {
  if (endpointUuid === null) return 'none';
  return freeswitch === undefined ? 'unreachable' : freeswitch.killChannel(endpointUuid);
}
