import type { FieldIssue, OutdialError } from '@outdial/contract';
import pc from 'picocolors';

export interface ErrorReport {
  /** An `OutdialError`'s code, the system's (`ENOENT`), or `INTERNAL`. */
  code: string;
  /** One line; of an invalid job or configuration it names each broken field. */
  message: string;
  issues?: readonly FieldIssue[];
}

export function reportOf(error: unknown): ErrorReport {
  if (!(error instanceof Error)) return { code: 'INTERNAL', message: String(error) };
  const { code, issues = [] } = error as Partial<OutdialError>;
  return {
    code: typeof code === 'string' ? code : 'INTERNAL',
    message: error.message.replaceAll(/\s*\n\s*/g, ' '),
    ...(issues.length === 0 ? {} : { issues }),
  };
}

/** The error as one line for a person, or as a JSON line; with its stack when `debug`. */
export function describeError(error: unknown, { json, debug }: { json: boolean; debug: boolean }): string {
  const report = reportOf(error);
  const line = json
    ? JSON.stringify({ error: report })
    : `${pc.red('error')} [${report.code}] ${report.message}`;
  return debug && error instanceof Error ? `${line}\n${error.stack}` : line;
}
