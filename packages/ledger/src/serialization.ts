import type { CallEvent, CallResult, EndedRecord } from '@outdial/contract';
import { type LedgerEntry, toEntry, UnreadableEntryError } from './entry.js';

/** How arguments and replies of the scripts are written. */

/** JSON, or the empty string, which tells a script that nothing was given. */
export function toJson(value: object | undefined): string {
  return value === undefined ? '' : JSON.stringify(value);
}

/**
 * Events as the scripts take them. The JSON of an event that carries the very record that is written ends where the record
 * belongs, so that it is sent once.
 */
export function toEventArguments(
  events: readonly CallEvent[] = [],
  record?: CallResult | EndedRecord,
): string[] {
  return events.map((event) => {
    const carried = event.type === 'result' ? event.result : event.type === 'ended' ? event.ended : null;
    if (record === undefined || carried !== record) return JSON.stringify(event);
    return `${JSON.stringify({ ...event, [event.type]: undefined }).slice(0, -1)},"${event.type}":`;
  });
}

/** Entries from the hashes that a script returned. What cannot be read is reported and left out. */
export function toEntries(
  calls: ReadonlyArray<[jobId: string, fields: string[]]>,
  onUnreadable: (error: UnreadableEntryError) => void,
): LedgerEntry[] {
  return calls.flatMap(([jobId, fields]) => {
    const hash: Record<string, string> = {};
    for (let i = 0; i + 1 < fields.length; i += 2) hash[fields[i] as string] = fields[i + 1] as string;
    try {
      return toEntry(jobId, hash) ?? [];
    } catch (error) {
      onUnreadable(error as UnreadableEntryError);
      return [];
    }
  });
}

/** The error of a command, as `UnreadableEntryError` where the key of the job's entry is of another type. */
export function toRejection(jobId: string, error: unknown): unknown {
  const isWrongType = error instanceof Error && error.message.includes('WRONGTYPE');
  return isWrongType ? new UnreadableEntryError(jobId, error) : error;
}
