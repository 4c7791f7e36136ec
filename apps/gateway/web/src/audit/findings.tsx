import { Link } from 'wouter';
import type { AuditState } from '../../../src/operation/audit-runs.js';
import { formatCount } from '../ui/format.js';

type Finding = NonNullable<AuditState['report']>['findings'][number];
const SHOWN = 200;

/** Jobs that break a promise. */
export function Findings({ findings, all }: { findings: readonly Finding[]; all: number }) {
  const shown = findings.slice(0, SHOWN);
  return (
    <>
      <table className="plain cards">
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">Finding</th>
            <th scope="col">What was seen</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ jobId, code, seen }) => (
            <tr key={`${jobId} ${code}`}>
              <th scope="row">
                <Link href={`/calls/${encodeURIComponent(jobId)}`}>{jobId}</Link>
              </th>
              <td data-name="Finding">
                <code>{code}</code>
              </td>
              <td data-name="What was seen">{seen}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {all > shown.length && (
        <p className="muted">{`${formatCount(shown.length)} of ${formatCount(all)} are shown; outdial audit tells all.`}</p>
      )}
    </>
  );
}
