import { type AuditReport, CallAudit } from '@outdial/client';
import pc from 'picocolors';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { aborted, listenForInterruption } from '../interruption.js';
import { type JsonOption, type Output, openOutput } from '../output.js';
import { auditLines } from '../render/audit-lines.js';
import { boardLines, CallBoard } from '../render/call-board.js';
import { eventLine } from '../render/event-line.js';
import { demoCampaign } from './campaign.js';
import { type Network, startNetwork } from './network.js';
import { type CampaignRun, type CampaignView, runCampaign } from './run.js';
import { type Judgement, judge, summaryLines } from './summary.js';

export interface DemoOptions extends JsonOption {
  stay?: true;
}

/** The whole demo; every child process has ended when it resolves. */
export async function runDemo({ json, stay }: DemoOptions): Promise<ExitStatus> {
  const output = openOutput({ json });
  const interruption = listenForInterruption();
  // Children are killed as the process exits.
  interruption.onSecond(() => process.exit(EXIT.failed));
  output.say('starting a Redis, a lab and a worker ...');
  const network = await startNetwork();
  let status: ExitStatus = EXIT.failed;
  try {
    status = await demonstrate(network, output, interruption.signal);
    if (stay && !interruption.signal.aborted) {
      await output.record({ type: 'staying', redis: network.redis }, () => invitation(network));
      await Promise.race([aborted(interruption.signal), network.failed]);
    }
    return status;
  } finally {
    const keepDirectory = status !== EXIT.ok && !interruption.signal.aborted;
    await network.stop({ keepDirectory });
    if (keepDirectory) output.remark(`logs are kept in ${network.directory}`);
    interruption.dispose();
  }
}

async function demonstrate(network: Network, output: Output, signal: AbortSignal): Promise<ExitStatus> {
  const jobs = demoCampaign();
  output.say(`enqueuing ${jobs.length} call jobs, one for each callee of the lab`);
  const { view, finish } = await openView(output);
  let run: CampaignRun;
  try {
    run = await runCampaign(jobs, network, view, signal);
  } finally {
    finish();
  }
  if (signal.aborted) {
    output.remark('interrupted');
    return EXIT.failed;
  }
  const judgements = jobs.map((job) => judge(job, run.results.get(job.job.id) ?? []));
  await present(judgements, run, output);
  const report = await auditCalls(network);
  await output.record({ type: 'audit', ...report }, () => auditLines(report).join('\n'));
  const isAsExpected = judgements.every(({ deviations }) => deviations.length === 0);
  return isAsExpected && report.ok ? EXIT.ok : EXIT.failed;
}

/** Whether the promises held, as `outdial audit` sees it. */
async function auditCalls({ redis }: Network): Promise<AuditReport> {
  const audit = new CallAudit({ redis: redis.url, prefix: redis.prefix });
  try {
    return await audit.run();
  } finally {
    await audit.close();
  }
}

/** The board as a table redrawn in place; for what is no terminal, a line (or record) for each event. */
async function openView(output: Output): Promise<{ view: CampaignView; finish(): void }> {
  const board = new CallBoard();
  if (!output.isLive) {
    const onEvent: CampaignView['onEvent'] = (event, row) =>
      output.record({ type: 'event', event }, () => eventLine(event, row));
    return { view: { board, onEvent }, finish: () => undefined };
  }
  const { LiveTable } = await import('../render/live-table.js');
  const live = new LiveTable((size) => boardLines(board, size));
  return { view: { board, onEvent: () => undefined }, finish: () => live.clear() };
}

async function present(
  judgements: readonly Judgement[],
  { elapsedMs }: CampaignRun,
  output: Output,
): Promise<void> {
  if (output.isJson) {
    for (const { callee, expected, results, deviations } of judgements) {
      const asExpected = deviations.length === 0;
      const record = { type: 'result', callee: callee.name, asExpected, deviations, expected, results };
      await output.record(record, () => callee.name);
    }
  }
  const asExpected = judgements.filter(({ deviations }) => deviations.length === 0).length;
  await output.record({ type: 'summary', jobs: judgements.length, asExpected, elapsedMs }, () =>
    summaryLines(judgements, elapsedMs, process.stdout.columns).join('\n'),
  );
}

function invitation({ redis }: Network): string {
  return [
    '',
    `${pc.bold('Staying up.')} In another terminal, in this directory, try:`,
    '  npx outdial watch',
    '  npx outdial call sip:human@lab --lsd',
    '  npx outdial doctor',
    '  npx outdial audit',
    `(from elsewhere with OUTDIAL_REDIS_URL=${redis.url}). Ctrl-C ends it.`,
  ].join('\n');
}
