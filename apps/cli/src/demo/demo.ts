import { type AuditReport, CallAudit } from '@outdial/client';
import { startTalkingBot } from '@outdial/lab';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { aborted, openInterruption } from '../interruption.js';
import { type JsonOption, type Output, openOutput } from '../output.js';
import { auditLines } from '../render/audit-lines.js';
import { CallList } from '../render/call-list.js';
import { callTableLines } from '../render/call-table.js';
import { colours } from '../render/colours.js';
import { eventLine } from '../render/event-line.js';
import { Totals } from '../render/totals.js';
import { createDemoJobs } from './demo-jobs.js';
import { createScenes } from './demo-scenes.js';
import { type DemoGateway, type DemoMedia, type Network, startNetwork } from './network.js';
import { type CampaignRun, type CampaignView, runCampaign } from './run-campaign.js';
import { type CheckedScene, checkScene, sceneLines } from './scene-report.js';
import { speaks } from './speech.js';
import { type CheckedJob, checkJob, summaryLines } from './summary.js';

export interface DemoOptions extends JsonOption {
  stay?: true;
  media: DemoMedia;
}

/** Runs the demo. All child processes have ended when it resolves. */
export async function runDemo({ json, stay, media }: DemoOptions): Promise<ExitStatus> {
  const output = openOutput({ json });
  const interruption = openInterruption();
  // The child processes are killed at exit.
  output.print('starting Redis, a lab and a worker ...');
  const network = await startNetwork(media);
  let status: ExitStatus = EXIT.failed;
  try {
    status = await demonstrate(network, output, interruption.signal);
    if (stay && !interruption.signal.aborted) {
      const gateway = await network.startGateway();
      const { url, key } = gateway;
      await output.record({ type: 'staying', redis: network.redis, gateway: { url, key } }, () =>
        stayingText(network, gateway),
      );
      await Promise.race([aborted(interruption.signal), network.failed, gateway.failed]);
    }
    return status;
  } finally {
    const keepDirectory = status !== EXIT.ok && !interruption.signal.aborted;
    await network.close({ keepDirectory });
    if (keepDirectory) output.note(`the logs are in ${network.directory}`);
    interruption.close();
  }
}

async function demonstrate(network: Network, output: Output, signal: AbortSignal): Promise<ExitStatus> {
  const jobs = createDemoJobs();
  const bot = await startTalkingBot();
  const scenes = createScenes({ botUrl: bot.url, question: network.question, speaks: speaks() });
  output.print(
    `enqueuing ${jobs.length} call jobs, one to each callee of the lab, and ${scenes.length} with plans`,
  );
  const { view, close } = await openView(output);
  let run: CampaignRun;
  try {
    run = await runCampaign([...jobs, ...scenes], network, view, signal);
  } finally {
    close();
    bot.close();
  }
  if (signal.aborted) {
    output.note('interrupted');
    return EXIT.failed;
  }
  const checkedJobs = jobs.map((job) => checkJob(job, run.results.get(job.job.id) ?? []));
  const checkedScenes = scenes.map((scene) => {
    const { id } = scene.job;
    return checkScene(scene, run.results.get(id) ?? [], run.ended.get(id) ?? null);
  });
  await present(checkedJobs, run, output);
  await presentScenes(checkedScenes, output);
  const report = await auditCalls(network);
  await output.record({ type: 'audit', ...report }, () => auditLines(report).join('\n'));
  const isAsExpected = [...checkedJobs, ...checkedScenes].every(({ deviations }) => deviations.length === 0);
  return isAsExpected && report.ok ? EXIT.ok : EXIT.failed;
}

/** The report of `outdial audit`. */
async function auditCalls({ redis }: Network): Promise<AuditReport> {
  const audit = new CallAudit({ redis: redis.url, prefix: redis.prefix });
  try {
    return await audit.run();
  } finally {
    await audit.close();
  }
}

/** A live table in a terminal, otherwise a line or record for each event. */
async function openView(output: Output): Promise<{ view: CampaignView; close(): void }> {
  const calls = new CallList();
  if (!output.isLive) {
    const onEvent: CampaignView['onEvent'] = (event, row) =>
      output.record({ type: 'event', event }, () => eventLine(event, row));
    return { view: { calls, onEvent }, close: () => undefined };
  }
  const { LiveScreen } = await import('../render/live-screen.js');
  const totals = new Totals(Date.now());
  const live = new LiveScreen(({ width, height }) => {
    const waiting = calls.calls.filter(({ state }) => state === 'QUEUED').length;
    const active = calls.calls.filter(({ hasEnded }) => !hasEnded).length - waiting;
    const head = totals.line({ waiting, active, delayed: 0 }, Date.now()).slice(0, width);
    return [colours.bold(head), ...callTableLines(calls, { width, height: height - 1 })];
  });
  return {
    view: { calls, onEvent: (event) => totals.apply(event) },
    close: () => live.close({ keep: false }),
  };
}

async function present(
  checkedJobs: readonly CheckedJob[],
  { elapsedMs }: CampaignRun,
  output: Output,
): Promise<void> {
  if (output.isJson) {
    for (const { callee, expected, results, deviations } of checkedJobs) {
      const asExpected = deviations.length === 0;
      const record = { type: 'result', callee: callee.name, asExpected, deviations, expected, results };
      await output.record(record, () => callee.name);
    }
  }
  const asExpected = checkedJobs.filter(({ deviations }) => deviations.length === 0).length;
  await output.record({ type: 'summary', jobs: checkedJobs.length, asExpected, elapsedMs }, () =>
    summaryLines(checkedJobs, elapsedMs, process.stdout.columns).join('\n'),
  );
}

async function presentScenes(scenes: readonly CheckedScene[], output: Output): Promise<void> {
  if (!output.isJson) return output.print(sceneLines(scenes).join('\n'));
  for (const { scene, ended, did, deviations } of scenes) {
    const record = { type: 'scene', title: scene.title, asExpected: deviations.length === 0, deviations };
    await output.record({ ...record, did, ended }, () => scene.title);
  }
}

function stayingText({ redis, isDefault }: Network, { url, key }: DemoGateway): string {
  const where = isDefault
    ? `In other directories, set OUTDIAL_REDIS_URL=${redis.url}.`
    : `Set OUTDIAL_REDIS_URL=${redis.url} first: commands in this directory use the demo that was started before.`;
  return [
    '',
    `${colours.bold('Everything keeps running.')} In another terminal, in this directory, try:`,
    '  npx outdial watch',
    '  npx outdial call sip:human@lab --lsd',
    '  npx outdial doctor',
    '  npx outdial audit',
    `${colours.bold('The live board')} (docs/board.md): ${url}/board/`,
    `  log in with the key ${key}`,
    'Over HTTP (docs/gateway.md), with the same key:',
    `  KEY=${key}`,
    `  curl -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' ${url}/v1/calls -d '{"callTo":"sip:human@lab"}'`,
    `  curl -NH "Authorization: Bearer $KEY" ${url}/v1/events`,
    `${where} Ctrl-C ends it.`,
  ].join('\n');
}
