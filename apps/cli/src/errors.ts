import { CampaignError } from '@outdial/campaign';
import type { FieldIssue, OutdialError } from '@outdial/contract';
import { errorColours } from './render/colours.js';
import { describeUnreadableFile, isUnreadableFile } from './unreadable-file.js';

export interface ErrorReport {
  /** An `OutdialError`'s code, the system's (`ENOENT`), or `INTERNAL`. */
  code: string;
  /** One line. For an invalid job or configuration it names each invalid field. */
  message: string;
  issues?: readonly FieldIssue[];
}

export function toErrorReport(error: unknown): ErrorReport {
  if (!(error instanceof Error)) return { code: 'INTERNAL', message: String(error) };
  const { code, issues = [] } = error as Partial<OutdialError>;
  return {
    code: typeof code === 'string' ? code : 'INTERNAL',
    message: isUnreadableFile(error)
      ? describeUnreadableFile(error)
      : error.message.replaceAll(/\s*\n\s*/g, ' '),
    ...(issues.length === 0 ? {} : { issues }),
  };
}

/** The error as a line of text or JSON; followed by its stack when `debug`. */
export function describeError(error: unknown, { json, debug }: { json: boolean; debug: boolean }): string {
  const report = toErrorReport(error);
  const line = json
    ? JSON.stringify({ error: report })
    : `${errorColours.red('error')} [${report.code}] ${report.message}`;
  const more = json || !(error instanceof CampaignError) ? [] : error.lines;
  return [line, ...more, ...(debug && error instanceof Error ? [error.stack ?? ''] : [])].join('\n');
}
