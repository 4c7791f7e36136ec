import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { AuditState } from '../../../src/operation/audit-runs.js';
import { ask } from '../api/ask.js';
import { useInterval } from '../api/live.js';
import { Badge } from '../ui/badge.js';
import { formatCount, formatDateTime, formatDuration, plural } from '../ui/format.js';
import { Failure, Loading } from '../ui/notices.js';
import { Screen } from '../ui/screen.js';
import { ActivityTable } from './activity-table.js';
import { Findings } from './findings.js';

/** Whether every promise was kept, and who did what. */
export default function AuditScreen() {
  const interval = useInterval(2000);
  const client = useQueryClient();
  const audit = useQuery({
    queryKey: ['audit'],
    queryFn: ({ signal }) => ask<AuditState>('/v1/audit', { signal }),
    refetchInterval: interval,
  });
  const run = useMutation({
    mutationFn: () => ask<AuditState>('/v1/audit', { method: 'POST' }),
    onSuccess: (state) => client.setQueryData(['audit'], state),
  });
  const isRunning = audit.data?.isRunning ?? false;
  return (
    <Screen
      title="Audit"
      actions={
        <button
          type="button"
          className="primary"
          disabled={isRunning || run.isPending}
          onClick={() => run.mutate()}
        >
          {isRunning ? 'An audit runs …' : 'Run an audit'}
        </button>
      }
    >
      {(audit.isError || run.isError) && (
        <Failure error={audit.error ?? (run.error as Error)} onRetry={() => void audit.refetch()} />
      )}
      <div className="stack">
        {audit.data === undefined ? <Loading what="the audit" /> : <Report report={audit.data.report} />}
        <ActivityTable />
      </div>
    </Screen>
  );
}

function Report({ report }: { report: AuditState['report'] }) {
  if (report === null)
    return (
      <section className="panel">
        <h2>Promises</h2>
        <p>No gateway has run an audit yet. It compares everything in Redis, and only reads.</p>
      </section>
    );
  const { ok, counts, compared, startedAt, elapsedMs } = report;
  const found = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <section className="panel">
      <h2>
        Promises{' '}
        <Badge tone={ok ? 'good' : 'bad'}>{ok ? 'all kept' : `${plural(found, 'job')} broke one`}</Badge>
      </h2>
      <p>{`Of ${formatDateTime(startedAt)}; it took ${formatDuration(elapsedMs)}.`}</p>
      <p className="muted">
        {`Compared: ${Object.entries(compared)
          .map(([what, count]) => `${spaced(what)} ${formatCount(count)}`)
          .join(', ')}.`}
      </p>
      {!ok && <Findings findings={report.findings} all={found} />}
    </section>
  );
}

/** `endedRecords` as words. */
function spaced(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
