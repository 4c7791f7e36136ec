import { readFileSync } from 'node:fs';
import type { SipLogEntry } from '@outdial/lab';

/** One Call-ID as the callees saw it. */
export interface Leg {
  callId: string;
  jobId: string;
  /** INVITEs that begin a call, each once however often it was retransmitted. */
  invites: number;
  invitedAtMs: number;
  /** When the callee answered; null: it did not. */
  answeredAtMs: number | null;
  /** When the callee is to stop ringing by itself, as the INVITE says; null: it says nothing of that. */
  expiresAtMs: number | null;
  /** Whether it rings or is up still. */
  isUp: boolean;
  /**
   * Whether the callee has hung up, and its BYE has no response: it waits for that for 32 s (RFC 3261,
   * timer F).
   */
  isByeUnanswered: boolean;
  /** When it was cancelled, hung up or refused; null while it is up. */
  overAtMs: number | null;
  /** Whether the caller ended it: by CANCEL or BYE. */
  wasReleased: boolean;
  /** Whether the callee stopped ringing by itself, since the time that the INVITE gave was over. */
  hasExpired: boolean;
  entries: SipLogEntry[];
}

/** The legs in the callees' log file, the first first. */
export function readLegs(logFile: string): Leg[] {
  return toLegs(readFileSync(logFile, 'utf8').split('\n').flatMap(parse));
}

export function toLegs(log: readonly SipLogEntry[]): Leg[] {
  const byCallId = new Map<string, SipLogEntry[]>();
  for (const entry of log) {
    const entries = byCallId.get(entry.callId);
    if (entries === undefined) byCallId.set(entry.callId, [entry]);
    else entries.push(entry);
  }
  return [...byCallId].map(([callId, entries]) => toLeg(callId, entries));
}

function toLeg(callId: string, entries: SipLogEntry[]): Leg {
  const invites = entries.filter(beginsACall);
  const over = entries.find(endsACall);
  const answer = entries.find(({ direction, method, status }) => {
    return direction === 'out' && method === 'INVITE' && status === 200;
  });
  const { Expires: expires } = invites[0]?.headers ?? {};
  const invitedAtMs = invites[0]?.timeMs ?? 0;
  const release = entries.find(
    ({ direction, method, uri }) =>
      direction === 'in' && uri !== undefined && (method === 'BYE' || method === 'CANCEL'),
  );
  return {
    callId,
    jobId: invites[0]?.headers['X-Job'] ?? 'none',
    invites: new Set(invites.map(({ headers }) => `${headers.CSeq} ${headers.From}`)).size,
    invitedAtMs,
    answeredAtMs: answer?.timeMs ?? null,
    expiresAtMs: expires === undefined ? null : invitedAtMs + Number(expires) * 1000,
    isUp: over === undefined,
    isByeUnanswered: isByeUnanswered(entries),
    overAtMs: over?.timeMs ?? null,
    wasReleased: release !== undefined,
    hasExpired: over?.status === 487 && release === undefined,
    entries,
  };
}

/** An INVITE within a dialog has a tag in its To. */
function beginsACall({ direction, method, uri, headers }: SipLogEntry): boolean {
  return (
    direction === 'in' && method === 'INVITE' && uri !== undefined && !/;\s*tag=/i.test(headers.To ?? '')
  );
}

/** A BYE of either side, or the callee's refusal of the INVITE: 487 where it was cancelled. */
function endsACall({ direction, method, uri, status }: SipLogEntry): boolean {
  if (method === 'BYE') return uri !== undefined;
  return direction === 'out' && method === 'INVITE' && status !== undefined && status >= 300;
}

function isByeUnanswered(entries: readonly SipLogEntry[]): boolean {
  const byes = entries.filter(({ method }) => method === 'BYE');
  return (
    byes.some(({ direction, uri }) => direction === 'out' && uri !== undefined) &&
    !byes.some(({ direction, status }) => direction === 'in' && status !== undefined)
  );
}

/** The last line may be half written. */
function parse(line: string): SipLogEntry[] {
  try {
    return [JSON.parse(line) as SipLogEntry];
  } catch {
    return [];
  }
}
