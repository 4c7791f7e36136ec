import { availableParallelism, cpus, totalmem } from 'node:os';

/** @param {boolean} areReal false for the lab */
export function describeMachine(areReal) {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    servers: areReal ? 'real servers' : 'the lab',
  };
}

/** @param {ReturnType<typeof describeMachine>} machine */
export function renderMachine({ cores, memoryGiB, node, servers }) {
  return `${cores} cores, ${memoryGiB} GiB, Node ${node}; servers: ${servers}. Medians; the ratio is the median of the rounds' ratios.`;
}

/**
 * @param {Omit<import('./figure.mjs').Bench, 'run'> & { figures: import('./figure.mjs').Figure[], failure:
 *   string | null }} bench
 */
export function renderBench({ name, title, outdial, baseline, figures, failure }) {
  if (failure !== null) return `${name}: ${title}\n  not measured: ${failure}`;
  const rows = figures.map((figure) => [
    figure.what,
    figure.unit,
    number(figure.outdial),
    figure.baseline === null ? '' : number(figure.baseline),
    figure.ratio === null ? '' : figure.ratio.toFixed(2),
    verdict(figure),
  ]);
  const table = [['', '', 'A', 'B', 'A/B', ''], ...rows];
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const lines = table.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, column))
      .join('  ')
      .trimEnd(),
  );
  return [
    `${name}: ${title}`,
    `  A: ${outdial}`,
    `  B: ${baseline}`,
    ...lines.map((line) => `  ${line}`),
  ].join('\n');
}

/** @param {import('./figure.mjs').Figure} figure */
function verdict({ target, isMet }) {
  return target === null ? '' : `${target}: ${isMet ? 'met' : 'NOT MET'}`;
}

/**
 * Numbers stand to the right, words to the left. @param {string} cell @param {number} width @param {number}
 * column
 */
function pad(cell, width, column) {
  return column >= 2 && column <= 4 ? cell.padStart(width) : cell.padEnd(width);
}

/** @param {number} value */
function number(value) {
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
