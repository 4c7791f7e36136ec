import { setTimeout as delay } from 'node:timers/promises';
import type { DigitTiming, SendEnd } from '../api.js';
import type { LegDialog } from './leg-dialog.js';

const RELAY = 'application/dtmf-relay';

/**
 * Sends a key by SIP INFO, for callees who take no telephone events; `Duration` is in ms. It is over when the far end has
 * answered and the time of the key and of the gap has passed.
 */
export async function informDigit(
  dialog: LegDialog,
  digit: string,
  { durationMs, gapMs }: DigitTiming,
): Promise<SendEnd> {
  const body = `Signal=${digit}\r\nDuration=${durationMs}\r\n`;
  const [response] = await Promise.all([dialog.inform(RELAY, body), delay(durationMs + gapMs)]);
  if ('problem' in response) return { outcome: 'failed', message: response.problem };
  return { outcome: 'finished' };
}
