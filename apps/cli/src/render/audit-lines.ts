import type { AuditFinding, AuditReport } from '@outdial/client';
import { colours } from './colours.js';
import { type Column, table } from './table.js';

/** The findings of an audit as a table, and a line with the numbers of what was compared. */
export function auditLines(report: AuditReport): string[] {
  const { findings, counts } = report;
  if (findings.length === 0) return [`${compared(report)}: ${colours.green('no promise is broken')}`];
  const jobs = new Set(findings.map(({ jobId }) => jobId)).size;
  const codes = Object.entries(counts).map(([code, count]) => `${code} ${count}`);
  return [
    ...table(COLUMNS, findings),
    '',
    `${compared(report)}: ${colours.red(`${jobs} ${jobs === 1 ? 'job breaks' : 'jobs break'} a promise`)} (${codes.join(', ')})`,
  ];
}

const COLUMNS: readonly Column<AuditFinding>[] = [
  { title: 'job', cell: ({ jobId }) => printable(jobId) },
  { title: 'promise', cell: ({ promise }) => `${promise}` },
  { title: 'finding', cell: ({ code }) => code, colour: (text) => colours.red(text) },
  { title: 'since', cell: ({ since }) => (since === null ? '-' : formatDateTime(since)) },
  { title: 'seen', cell: ({ seen }) => printable(seen) },
];

function compared({ compared: totals, suspects, elapsedMs }: AuditReport): string {
  const counted = [
    [totals.jobs, 'job'],
    [totals.entries, 'ledger entry', 'ledger entries'],
    [totals.results, 'result'],
    [totals.endedRecords, 'ended record'],
    [totals.events, 'event'],
    [totals.lanes, 'lane'],
  ] as const;
  const parts = counted.map(([count, one, many = `${one}s`]) => `${count} ${count === 1 ? one : many}`);
  const again = suspects === 0 ? '' : `, ${suspects} of them twice`;
  return `compared ${parts.slice(0, -1).join(', ')} in ${parts.at(-1)} in ${(elapsedMs / 1000).toFixed(1)} s${again}`;
}

/** `2026-11-23 06:12:03`, local time. */
function formatDateTime(at: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '-';
  const pad = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':')}`;
}

/** Replaces control characters, which ids in Redis may contain, because a terminal would execute them. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\uFFFD');
}
