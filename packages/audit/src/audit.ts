import { setTimeout as delay } from 'node:timers/promises';
import { OutdialError } from '@outdial/contract';
import { checkLane, RedisAccess, type RedisAccessOptions } from '@outdial/queue';
import { findDialledTwice } from './checks/dialled-twice.js';
import { AuditContext } from './context.js';
import { timeOf } from './read/retention.js';
import {
  type AuditFinding,
  type AuditProgress,
  type AuditReport,
  type AuditTally,
  FINDINGS,
  type FindingCode,
} from './report.js';
import { type ScanSummary, scanSubjects } from './scan/scan.js';
import type { Subject, Suspect } from './scan/subject.js';
import { findSubjects } from './scan/subjects.js';
import type { Suspicion } from './scan/suspicion.js';

export type CallAuditOptions = RedisAccessOptions;

export interface AuditRunOptions {
  /** Only the jobs of this lane. Default: of all lanes. */
  lane?: string;
  /**
   * Milliseconds after which what looks broken is checked again (default 15,000): longer than a takeover or a stalled job
   * takes.
   */
  graceMs?: number;
  onProgress?: (progress: AuditProgress) => void;
  /** Ends the audit, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

const DEFAULT_GRACE_MS = 15_000;
/** Suspects that are checked again between two reports of progress. */
const PAGE = 1000;

/**
 * Compares ledger, lanes, outcomes and events, and reports every job that breaks a promise. It only reads, in small steps, so
 * that it may run at any time, and on a replica. What is in flight is no finding: what looks broken is checked again after
 * a grace period, and is a finding only if nothing about it has changed. It needs memory for jobs and outcomes that wait
 * (8 bytes each), for the events that are kept, and for what is broken.
 */
export class CallAudit {
  readonly #access: RedisAccess;

  constructor(options: CallAuditOptions) {
    this.#access = new RedisAccess(options);
  }

  /** Rejects with `QUEUE_UNAVAILABLE` when Redis does not answer, or is a replica that has lost its primary. */
  async run({ lane, graceMs = DEFAULT_GRACE_MS, ...watch }: AuditRunOptions = {}): Promise<AuditReport> {
    await this.#assertUpToDate();
    const place = { access: this.#access, lane: lane === undefined ? null : checkLane(lane) };
    const context = await AuditContext.read(place);
    const { compared, suspects, twice } = await compare(context, watch);
    const findings = twice.map(toFinding);
    if (suspects.size > 0) {
      await wait(graceMs, watch);
      findings.push(...(await confirm(suspects, await AuditContext.read(place), watch)));
    }
    const endedAt = await this.#access.request('audit', (client) => client.time());
    return {
      ok: findings.length === 0,
      findings: findings.sort((a, b) => a.promise - b.promise || a.jobId.localeCompare(b.jobId)),
      counts: countByCode(findings),
      compared,
      suspects: suspects.size + twice.length,
      graceMs,
      startedAt: context.readAt,
      elapsedMs: timeOf(endedAt.map(String)) - context.readAt,
    };
  }

  /** Closes what it opened. */
  close(): Promise<void> {
    return this.#access.close();
  }

  /** On a replica that is cut off every worker looks dead. */
  async #assertUpToDate(): Promise<void> {
    const info = await this.#access.request('audit', (client) => client.info('replication'));
    if (!/^master_link_status:down/m.test(info)) return;
    const message = 'this Redis is a replica that has lost its primary, so what it holds is out of date';
    throw new OutdialError('QUEUE_UNAVAILABLE', message, { retryable: true });
  }
}

type Watch = Pick<AuditRunOptions, 'onProgress' | 'signal'>;

/** The first pass, over everything. */
async function compare(
  context: AuditContext,
  { onProgress, signal }: Watch,
): Promise<{ compared: AuditTally; suspects: Map<string, Suspect>; twice: Suspicion[] }> {
  const suspects = new Map<string, Suspect>();
  const compared = { lanes: context.auditedLanes.length, jobs: 0, entries: 0, results: 0, endedRecords: 0 };
  const add = (summary: ScanSummary) => {
    for (const suspect of summary.suspects) suspects.set(identify(suspect.suspicion), suspect);
  };
  for await (const { subjects, areNamed, scanned, total } of findSubjects(context)) {
    signal?.throwIfAborted();
    onProgress?.({ step: 'comparing', done: scanned, total });
    const summary = await scanSubjects(subjects, context);
    add(summary);
    if (areNamed) continue;
    for (const kind of ['jobs', 'entries', 'results', 'endedRecords'] as const)
      compared[kind] += summary.found[kind];
  }
  // A job that was taken may have no record, so that the scan of the keys does not find it.
  for (const lane of context.auditedLanes) {
    const { active } = await context.lists(context.lane(lane));
    add(
      await scanSubjects(
        [...active].map((id): Subject => ({ kind: 'job', lane, id })),
        context,
      ),
    );
  }
  const { events, suspicions } = await findDialledTwice(context);
  return { compared: { ...compared, events }, suspects, twice: suspicions };
}

/** The second pass, over the suspects: what is unchanged is a finding. */
async function confirm(
  suspects: ReadonlyMap<string, Suspect>,
  context: AuditContext,
  { onProgress, signal }: Watch,
): Promise<AuditFinding[]> {
  const subjects = [
    ...new Map([...suspects.values()].map(({ subject }) => [JSON.stringify(subject), subject])).values(),
  ];
  const findings = new Map<string, AuditFinding>();
  for (let from = 0; from < subjects.length; from += PAGE) {
    signal?.throwIfAborted();
    onProgress?.({ step: 'confirming', done: from, total: subjects.length });
    const again = await scanSubjects(subjects.slice(from, from + PAGE), context);
    for (const { suspicion } of again.suspects) {
      const identity = identify(suspicion);
      if (suspects.has(identity)) findings.set(identity, toFinding(suspicion));
    }
  }
  return [...findings.values()];
}

async function wait(graceMs: number, { onProgress, signal }: Watch): Promise<void> {
  for (let done = 0; done < graceMs; done += 1000) {
    onProgress?.({ step: 'waiting', done, total: graceMs });
    await delay(Math.min(1000, graceMs - done), undefined, { ...(signal && { signal }) });
  }
}

/** Two suspicions of the same identity are about the same problem, and nothing has changed in between. */
function identify({ code, jobId, mark }: Suspicion): string {
  return JSON.stringify([code, jobId, mark]);
}

function toFinding({ jobId, lane, code, seen, since }: Suspicion): AuditFinding {
  return { jobId, lane, code, promise: FINDINGS[code].promise, seen, since };
}

function countByCode(findings: readonly AuditFinding[]): Partial<Record<FindingCode, number>> {
  const counts: Partial<Record<FindingCode, number>> = {};
  for (const { code } of findings) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
