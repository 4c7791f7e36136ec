import type { AuditFinding, AuditReport } from '@outdial/client';
import pc from 'picocolors';
import { type Column, table } from './table.js';

/** What an audit found as a table, and a line that tells what it compared. */
export function auditLines(report: AuditReport): string[] {
  const { findings, counts } = report;
  if (findings.length === 0) return [`${compared(report)}: ${pc.green('no promise is broken')}`];
  const jobs = new Set(findings.map(({ jobId }) => jobId)).size;
  const codes = Object.entries(counts).map(([code, count]) => `${code} ${count}`);
  return [
    ...table(COLUMNS, findings),
    '',
    `${compared(report)}: ${pc.red(`${jobs} ${jobs === 1 ? 'job breaks' : 'jobs break'} a promise`)} (${codes.join(', ')})`,
  ];
}

const COLUMNS: readonly Column<AuditFinding>[] = [
  { title: 'job', cell: ({ jobId }) => printable(jobId) },
  { title: 'promise', cell: ({ promise }) => `${promise}` },
  { title: 'finding', cell: ({ code }) => code, paint: (text) => pc.red(text) },
  { title: 'since', cell: ({ since }) => (since === null ? '-' : momentText(since)) },
  { title: 'seen', cell: ({ seen }) => printable(seen) },
];

function compared({ compared: tally, suspects, elapsedMs }: AuditReport): string {
  const counted = [
    [tally.jobs, 'job'],
    [tally.entries, 'ledger entry', 'ledger entries'],
    [tally.results, 'result'],
    [tally.endedRecords, 'ended record'],
    [tally.events, 'event'],
    [tally.lanes, 'lane'],
  ] as const;
  const things = counted.map(([count, one, many = `${one}s`]) => `${count} ${count === 1 ? one : many}`);
  const again = suspects === 0 ? '' : `, ${suspects} of it twice`;
  return `compared ${things.slice(0, -1).join(', ')} in ${things.at(-1)} in ${(elapsedMs / 1000).toFixed(1)} s${again}`;
}

/** `2026-11-23 06:12:03`, local time. */
function momentText(at: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '-';
  const pad = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':')}`;
}

/** Ids may be anybody's: what a terminal would obey is not shown to it. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\uFFFD');
}
