import { DIRECTORY, type DirectoryEntry } from '@outdial/lab';
import pc from 'picocolors';
import { stringify } from 'yaml';
import { type Column, table } from '../render/table.js';
import type { Started } from './run.js';

/** Where the lab listens, whom it has to call, and how a worker gets there. */
export function describeLab(
  { drachtio, freeswitch, callees }: Started['addresses'],
  telephony: object,
): string {
  return [
    ...(drachtio === undefined ? [] : [`drachtio    ${drachtio}`]),
    ...(freeswitch === undefined ? [] : [`FreeSWITCH  ${freeswitch}`]),
    `callees     ${callees} (SIP over UDP and TCP)`,
    '',
    pc.bold('The callees'),
    ...table(DIRECTORY_COLUMNS, DIRECTORY, { width: process.stdout.columns }),
    '',
    pc.bold("A worker's configuration, to paste into a shell"),
    "cat > outdial.yaml <<'END'",
    stringify({ telephony }).trimEnd(),
    'END',
    'export OUTDIAL_CONFIG=outdial.yaml',
    '',
    'Ctrl-C ends the lab.',
  ].join('\n');
}

const DIRECTORY_COLUMNS: readonly Column<DirectoryEntry>[] = [
  { title: 'address', cell: ({ name }) => `sip:${name}@lab` },
  { title: 'number', cell: ({ number }) => (number === null ? '' : `tel:+${number}`) },
  { title: 'state', cell: ({ expected }) => expected?.state ?? '' },
  { title: 'cause', cell: ({ expected }) => expected?.cause ?? '' },
  { title: 'SIP', cell: ({ expected }) => String(expected?.sipStatus ?? '') },
  { title: 'far end', cell: ({ expected }) => expected?.farEndType ?? '' },
  { title: 'what it does', cell: ({ does }) => does },
];
