import type { LaneTurn, LaneTurns } from '@outdial/queue';
import type { JournalServices } from '../outcomes/call-journal.js';
import { retryUntilWritten } from '../redis/retry-until-written.js';

/** A job whose turn comes later than that, in milliseconds, waits in its lane: a worker does not hold it. */
const HOLD_MS = 2000;

export interface CallTurnServices extends JournalServices {
  laneTurns: LaneTurns;
  /** Aborts when the worker drains: from then on nothing is dialled. */
  draining: AbortSignal;
}

/**
 * Waits for the turn of a call's lane. To be taken after the turn of its drachtio server: the lane's limit holds for all
 * workers, and is kept at the INVITE.
 */
export async function waitForLaneTurn(lane: string, services: CallTurnServices): Promise<LaneTurn> {
  const { laneTurns, draining } = services;
  const take = () => laneTurns.take(lane, { maxWaitMs: HOLD_MS, signal: draining });
  const turn = await retryUntilWritten("take the lane's turn", take, services);
  return draining.aborted ? { kind: 'aborted' } : turn;
}
