import { DIRECTORY, type DirectoryEntry } from '@outdial/lab';
import { stringify } from 'yaml';
import { colours } from '../render/colours.js';
import { type Column, table } from '../render/table.js';
import type { RunningLab } from './run-lab.js';

/** The addresses of the lab, its callees, and the configuration of a worker. */
export function labText(
  { drachtio, freeswitch, callees }: RunningLab['addresses'],
  telephony: object,
): string {
  return [
    ...(drachtio === undefined ? [] : [`drachtio    ${drachtio}`]),
    ...(freeswitch === undefined ? [] : [`FreeSWITCH  ${freeswitch}`]),
    `callees     ${callees} (SIP over UDP and TCP)`,
    '',
    colours.bold('Callees'),
    ...table(DIRECTORY_COLUMNS, DIRECTORY, { width: process.stdout.columns }),
    '',
    colours.bold('Configuration of a worker, to paste into a shell'),
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
  { title: 'behaviour', cell: ({ does }) => does },
];
