import pc from 'picocolors';

export interface Column<Row> {
  title: string;
  cell(row: Row): string;
  /** Colours a cell that has its final width already. */
  paint?(text: string, row: Row): string;
  align?: 'right';
  /** Longer cells are cut. */
  maxWidth?: number;
}

const GAP = '  ';
/** A column is not cut further than this; a terminal narrower than that wraps. */
const NARROWEST = 6;

/** Rows as aligned lines under a line of titles; the widest columns are cut until all of them fit `width`. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width = Number.POSITIVE_INFINITY }: { width?: number | undefined } = {},
): string[] {
  const laidOut = columns.map((column): Laid<Row> => {
    const cells = rows.map((row) => column.cell(row));
    const wanted = Math.max(column.title.length, ...cells.map((cell) => cell.length));
    return {
      column,
      cells,
      width: Math.min(wanted, column.maxWidth ?? wanted),
      isLast: column === columns.at(-1),
    };
  });
  shrink(laidOut, width);
  const head = laidOut.map((laid) => pc.dim(fitted(laid.column.title, laid)));
  const body = rows.map((row, index) => laidOut.map((laid) => paintedCell(laid, row, index)));
  return [head, ...body].map((cells) => cells.join(GAP).trimEnd());
}

interface Laid<Row> {
  column: Column<Row>;
  cells: readonly string[];
  width: number;
  isLast: boolean;
}

function shrink(columns: Array<{ width: number }>, room: number): void {
  const total = () => columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
  while (total() > room) {
    const widest = columns.reduce((a, b) => (b.width > a.width ? b : a));
    if (widest.width <= NARROWEST) return;
    widest.width -= 1;
  }
}

function paintedCell<Row>(laid: Laid<Row>, row: Row, index: number): string {
  const text = fitted(laid.cells[index] ?? '', laid);
  return laid.column.paint === undefined ? text : laid.column.paint(text, row);
}

function fitted<Row>(text: string, { column, width, isLast }: Laid<Row>): string {
  const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
  if (column.align === 'right') return cut.padStart(width);
  // White space at the end of a line would be kept by the colour around it.
  return isLast ? cut : cut.padEnd(width);
}
