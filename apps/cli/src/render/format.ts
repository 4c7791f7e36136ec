import type { CancelCounts } from '@outdial/client';
import type { CallResult, FarEndType, RawCause, Verdict, WaitOutcome, WaitTrigger } from '@outdial/contract';
import { colours } from './colours.js';

/** `1.23 s`; a dash for null. */
export function formatSeconds(milliseconds: number | null | undefined): string {
  return milliseconds === null || milliseconds === undefined ? '-' : `${(milliseconds / 1000).toFixed(2)} s`;
}

/** `486 Busy Here`, `480 Temporarily Unavailable, Q.850 18`; a dash when empty. */
export function formatRawCause({ sipStatus, sipReason, q850, retryAfterSeconds }: RawCause): string {
  const parts: string[] = [];
  if (sipStatus !== null) parts.push(sipReason ? `${sipStatus} ${sipReason}` : String(sipStatus));
  if (q850 !== null) parts.push(`Q.850 ${q850}`);
  if (retryAfterSeconds !== undefined) parts.push(`retry after ${retryAfterSeconds} s`);
  return parts.length === 0 ? '-' : parts.join(', ');
}

/** `LIVE 93 %`; a dash for null. */
export function formatVerdict(verdict: Verdict | null | undefined): string {
  if (verdict === null || verdict === undefined) return '-';
  return `${verdict.farEndType} ${Math.round(verdict.confidence * 100)} %`;
}

const WAIT_TEXTS: Readonly<Record<WaitTrigger, string>> = {
  beep: 'ready after the beep',
  silence: 'ready after silence',
  timeout: 'not ready in time',
  unheard: 'no audio from the callee',
};

/** The outcome of `waitForAnswerMachine`. */
export function formatWait({ trigger }: Pick<WaitOutcome, 'trigger'>): string {
  return WAIT_TEXTS[trigger];
}

/** A telephone number without `tel:`; a SIP address as it is. */
export function formatDestination(callTo: string): string {
  return callTo.replace(/^tel:/, '');
}

/** The cause, followed by the code of the error if there is one that says more. */
export function formatCause({ cause, error }: Pick<CallResult, 'cause' | 'error'>): string {
  return error === null || error.code === cause ? cause : `${cause} ${error.code}`;
}

/** `12:03:04.123`, local time. */
export function formatClock(at: number): string {
  const date = new Date(at);
  const pad = (value: number, width = 2) => String(value).padStart(width, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}

const STATE_COLOURS: Readonly<Record<string, (text: string) => string>> = {
  QUEUED: colours.dim,
  CALLING: colours.cyan,
  RINGING: colours.yellow,
  ANSWERED: colours.green,
  ERROR: colours.red,
};

const VERDICT_COLOURS: Readonly<Record<FarEndType, (text: string) => string>> = {
  LIVE: colours.green,
  ANSWER_MACHINE: colours.yellow,
  FAX_MACHINE: colours.magenta,
  UNKNOWN: colours.dim,
};

/** Colours `text` by the far-end type of a verdict. */
export function colourVerdict(text: string, verdict: Verdict | null | undefined): string {
  return verdict === null || verdict === undefined ? text : VERDICT_COLOURS[verdict.farEndType](text);
}

/** Colours `text` by the state of a call. */
export function colourState(text: string, state: string): string {
  return (STATE_COLOURS[state] ?? ((plain: string) => plain))(text);
}

/** `3 cancelled while they waited, 1 call is being ended`. */
export function describeCancels({ cancelled, ending }: CancelCounts): string {
  const calls = ending === 1 ? '1 call is' : `${ending} calls are`;
  return `${cancelled} cancelled while they waited, ${calls} being ended`;
}
