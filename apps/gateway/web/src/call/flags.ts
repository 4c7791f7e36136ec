import type { CSSProperties } from 'react';
import type { Span } from './axis.js';

/** Something that happened at a moment of the axis, told on a flag whose pole stands there. */
export interface Flag {
  key: string;
  /** Epoch milliseconds. */
  at: number;
  /** What stands on it, as far as there is room. */
  text: string;
  /** All of it, in words. */
  title: string;
  tone: 'plain' | 'sent' | 'received' | 'good' | 'bad';
  side: 'above' | 'below';
}

/** A flag in its place. */
export interface PlacedFlag extends Flag {
  /** Where its pole stands. */
  style: CSSProperties;
  /** Rows between it and the band; null: there is no room for it, and its pole stands alone. */
  row: number | null;
  /** It hangs to the left of its pole, where there is no room to the right. */
  isFlipped: boolean;
  /** In pixels. */
  width: number;
}

/** Pixels between two poles. Where moments are closer, their poles stand side by side, so that each is seen. */
const POLES_APART = 9;
/** Rows of flags on a side. A far end may send a hundred messages; the list has them all. */
const ROWS_MAX = 6;
const TEXT_REM = 0.75;
/** How wide a character of a monospaced typeface is, for its size, at most. */
const CHARACTER = 0.62;
const PADDING_PX = 14;
const GAP_PX = 4;
/** Space to the right of the axis that a flag may use (`.axis` keeps it free). */
const BEYOND_REM = 2.5;

/** Gives every flag a place at its moment where it hides no other. `flags` are in the order of time. */
export function placeFlags(
  flags: readonly Flag[],
  { from, to }: Span,
  { width, rem }: { width: number; rem: number },
): PlacedFlag[] {
  const shares = flags.map(({ at }) => Math.min(1, Math.max(0, (at - from) / (to - from))));
  const poles = standApart(shares.map((share) => share * width));
  const taken = { above: [] as Row[], below: [] as Row[] };
  return flags.map((flag, index) => {
    const [share = 0, pole = 0] = [shares[index], poles[index]];
    const flagWidth = Math.min(
      Math.ceil(flag.text.length * CHARACTER * TEXT_REM * rem) + PADDING_PX,
      Math.max(0.75 * width, 6 * rem),
    );
    const isFlipped = pole + flagWidth > width + BEYOND_REM * rem && pole >= flagWidth;
    const start = isFlipped ? pole - flagWidth : pole;
    return {
      ...flag,
      row: takeRow(taken[flag.side], { start, end: start + flagWidth + GAP_PX }),
      isFlipped,
      width: flagWidth,
      style: { insetInlineStart: `calc(${share * 100}% + ${Math.round(pole - share * width)}px)` },
    };
  });
}

/** How many rows a side has. */
export function rowsOf(placed: readonly PlacedFlag[], side: Flag['side']): number {
  return Math.max(0, ...placed.filter((flag) => flag.side === side).map(({ row }) => (row ?? -1) + 1));
}

type Row = Array<{ start: number; end: number }>;

/** The first row that has room. */
function takeRow(rows: Row[], flag: Row[number]): number | null {
  for (let place = 0; place < ROWS_MAX; place++) {
    rows[place] ??= [];
    const row = rows[place] as Row;
    if (row.some(({ start, end }) => flag.start < end && start < flag.end)) continue;
    row.push(flag);
    return place;
  }
  return null;
}

function standApart(poles: readonly number[]): number[] {
  const apart: number[] = [];
  for (const pole of poles)
    apart.push(Math.max(pole, (apart.at(-1) ?? Number.NEGATIVE_INFINITY) + POLES_APART));
  return apart;
}
