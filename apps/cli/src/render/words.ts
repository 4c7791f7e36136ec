import type { CallResult, RawCause, Verdict, WaitOutcome, WaitTrigger } from '@outdial/contract';
import pc from 'picocolors';

/** `1.23 s`; a dash for what did not happen. */
export function seconds(milliseconds: number | null | undefined): string {
  return milliseconds === null || milliseconds === undefined ? '-' : `${(milliseconds / 1000).toFixed(2)} s`;
}

/** What the network said: `486 Busy Here`, `480 Temporarily Unavailable, Q.850 18`; a dash for nothing. */
export function rawCauseText({ sipStatus, sipReason, q850, retryAfterSeconds }: RawCause): string {
  const parts: string[] = [];
  if (sipStatus !== null) parts.push(sipReason ? `${sipStatus} ${sipReason}` : String(sipStatus));
  if (q850 !== null) parts.push(`Q.850 ${q850}`);
  if (retryAfterSeconds !== undefined) parts.push(`retry after ${retryAfterSeconds} s`);
  return parts.length === 0 ? '-' : parts.join(', ');
}

/** `LIVE 93 %`; a dash without live speaker detection. */
export function verdictText(verdict: Verdict | null | undefined): string {
  if (verdict === null || verdict === undefined) return '-';
  return `${verdict.farEndType} ${Math.round(verdict.confidence * 100)} %`;
}

const WAIT_TEXT: Readonly<Record<WaitTrigger, string>> = {
  beep: 'ready, after the beep',
  silence: 'ready, after silence',
  timeout: 'not ready in time',
  unheard: 'the callee cannot be heard',
};

/** How a wait for the moment to leave a message ended. */
export function waitText({ trigger }: Pick<WaitOutcome, 'trigger'>): string {
  return WAIT_TEXT[trigger];
}

/** `tel:+441632960001` as people write it; a SIP address stays as it is. */
export function destinationText(callTo: string): string {
  return callTo.replace(/^tel:/, '');
}

/** A result's end as one word: its cause, and the error's code where there is one. */
export function causeText({ cause, error }: Pick<CallResult, 'cause' | 'error'>): string {
  return error === null ? cause : `${cause} ${error.code}`;
}

/** `12:03:04.123`, local time. */
export function clockText(at: number): string {
  const date = new Date(at);
  const pad = (value: number, width = 2) => String(value).padStart(width, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}

const STATE_PAINT: Readonly<Record<string, (text: string) => string>> = {
  QUEUED: pc.dim,
  CALLING: pc.cyan,
  RINGING: pc.yellow,
  ANSWERED: pc.green,
  ERROR: pc.red,
};

/** The colour of a state's word, which `text` may hold among padding. */
export function paintState(text: string, state: string): string {
  return (STATE_PAINT[state] ?? ((plain: string) => plain))(text);
}
