import type { Whereabouts as LedgerWhereabouts } from '@outdial/ledger';
import type { Whereabouts } from '@outdial/telephony';

/** As the ledger keeps them: only what is known. */
export function knownWhereabouts(whereabouts: Whereabouts): LedgerWhereabouts {
  return Object.fromEntries(
    Object.entries(whereabouts).filter(([, value]) => value !== null && value !== undefined),
  );
}

/** As telephony wants them, or null where not even the switch is known: then no INVITE left. */
export function releasableWhereabouts(known: LedgerWhereabouts): Whereabouts | null {
  const { callId, drachtio } = known;
  if (callId === undefined || drachtio === undefined) return null;
  return { freeswitch: null, endpointUuid: null, trunk: null, ...known, callId, drachtio };
}
