import { OutdialError } from '@outdial/contract';
import type { WaitingPlace } from '@outdial/queue';
import type { ListedPhase } from './call-filter.js';

/** The order of phases when all are listed. */
export const ORDER: readonly ListedPhase[] = ['active', 'ended', 'waiting'];
/** Where a page begins: in the calls of a phase, and where in those. */
export type Place =
  | { phase: 'active'; after?: string }
  | { phase: 'ended'; before?: string }
  | { phase: 'waiting'; lane?: string; place?: WaitingPlace };

/** A place as a page ends with. */
export function toCursor(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** The place that a page ended with. Throws `INVALID_REQUEST` for a text that no page did. */
export function readCursor(cursor: string): Place {
  try {
    const place = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as Place &
      Record<string, unknown>;
    const { phase, after, before, lane, place: waiting } = place as Record<string, unknown>;
    const { list = 0, from = 0 } = (waiting ?? {}) as Partial<WaitingPlace>;
    const isText = (value: unknown) => value === undefined || typeof value === 'string';
    const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
    const isPlace = isText(after) && isText(lane) && isCount(list) && isCount(from);
    const isStreamId =
      before === undefined || (typeof before === 'string' && /^(?!0+-0+$)\d{1,16}-\d{1,16}$/.test(before));
    if (isPlace && isStreamId && ORDER.includes(phase as ListedPhase)) return place;
  } catch {
    // It is refused below.
  }
  throw new OutdialError('INVALID_REQUEST', 'cursor: is none that a page ended with', {
    issues: [{ path: 'cursor', message: 'is none that a page ended with', value: cursor.slice(0, 100) }],
  });
}
