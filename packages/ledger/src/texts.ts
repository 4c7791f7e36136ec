import type { CallEvent, CallResult, EndedRecord } from '@outdial/contract';
import { type LedgerEntry, toEntry, UnreadableEntryError } from './entry.js';

/** How arguments and answers of the scripts are written. */

/** An empty string tells a script that nothing was given. */
export function toJson(value: object | undefined): string {
  return value === undefined ? '' : JSON.stringify(value);
}

/** Events as the scripts take them: one that carries the very record that is written ends where that belongs. */
export function toTexts(events: readonly CallEvent[] = [], record?: CallResult | EndedRecord): string[] {
  return events.map((event) => {
    const carried = event.type === 'result' ? event.result : event.type === 'ended' ? event.ended : null;
    if (record === undefined || carried !== record) return JSON.stringify(event);
    return `${JSON.stringify({ ...event, [event.type]: undefined }).slice(0, -1)},"${event.type}":`;
  });
}

/** Hashes as a script answers them, each with its job's id; what cannot be read is told and left out. */
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

/** What a command rejected with: for good where the key of the job's entry holds something else. */
export function toRejection(jobId: string, error: unknown): unknown {
  const isWrongType = error instanceof Error && error.message.includes('WRONGTYPE');
  return isWrongType ? new UnreadableEntryError(jobId, error) : error;
}
