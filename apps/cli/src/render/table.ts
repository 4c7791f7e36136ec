import { colours } from './colours.js';

export interface Column<Row> {
  title: string;
  cell(row: Row): string;
  /** Colours a cell that already has its final width. */
  colour?(text: string, row: Row): string;
  align?: 'right';
  /** Longer cells are truncated. */
  maxWidth?: number;
  /** The column is not made narrower than this. Default: 6. */
  minWidth?: number;
  /** Shortens a cell that is too long. Default: it loses its end. */
  truncate?(text: string, width: number): string;
  /** The column is left out when the table does not fit otherwise; the last optional column first. */
  isOptional?: boolean;
}

const GAP = '  ';
const MIN_WIDTH = 6;

/**
 * Rows as aligned lines below a line of titles. When the table does not fit `width`, optional columns are left out, and
 * then the widest columns are truncated.
 */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width = Number.POSITIVE_INFINITY }: { width?: number | undefined } = {},
): string[] {
  const laidOut = withoutOptional(
    columns.map((column): Laid<Row> => {
      const cells = rows.map((row) => column.cell(row));
      const wanted = Math.max(column.title.length, ...cells.map((cell) => cell.length));
      return { column, cells, width: Math.min(wanted, column.maxWidth ?? wanted) };
    }),
    width,
  );
  narrow(laidOut, width);
  const head = laidOut.map((laid, n) =>
    colours.dim(fitted(laid.column.title, laid, n === laidOut.length - 1)),
  );
  const body = rows.map((row, index) =>
    laidOut.map((laid, n) => colouredCell(laid, row, index, n === laidOut.length - 1)),
  );
  return [head, ...body].map((cells) => cells.join(GAP).trimEnd());
}

/** Shortens a destination: a telephone number keeps its last digits, a SIP address its beginning. */
export function truncateDestination(text: string, width: number): string {
  return /^\+?\d+$/.test(text) ? `…${text.slice(text.length - width + 1)}` : truncateEnd(text, width);
}

interface Laid<Row> {
  column: Column<Row>;
  cells: readonly string[];
  width: number;
}

function totalWidth(columns: readonly { width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
}

function withoutOptional<Row>(columns: Laid<Row>[], room: number): Laid<Row>[] {
  const kept = [...columns];
  while (totalWidth(kept) > room) {
    const last = kept.findLastIndex(({ column }) => column.isOptional === true);
    if (last < 0) break;
    kept.splice(last, 1);
  }
  return kept;
}

function narrow<Row>(columns: Laid<Row>[], room: number): void {
  while (totalWidth(columns) > room) {
    const narrowable = columns.filter(({ column, width }) => width > (column.minWidth ?? MIN_WIDTH));
    if (narrowable.length === 0) return;
    narrowable.reduce((a, b) => (b.width > a.width ? b : a)).width -= 1;
  }
}

function colouredCell<Row>(laid: Laid<Row>, row: Row, index: number, isLast: boolean): string {
  const text = fitted(laid.cells[index] ?? '', laid, isLast);
  return laid.column.colour === undefined ? text : laid.column.colour(text, row);
}

function fitted<Row>(text: string, { column, width }: Laid<Row>, isLast: boolean): string {
  const { truncate = truncateEnd } = column;
  const cut = text.length > width ? truncate(text, width) : text;
  if (column.align === 'right') return cut.padStart(width);
  // No trailing spaces: `trimEnd` does not remove them from a coloured cell.
  return isLast ? cut : cut.padEnd(width);
}

function truncateEnd(text: string, width: number): string {
  return `${text.slice(0, Math.max(0, width - 1))}…`;
}
