import { setTimeout as delay } from 'node:timers/promises';
import type { CallJob } from '@outdial/contract';
import type { FoundId, JobIds, RedisAccess } from '@outdial/queue';
import type { EnqueuedChunks } from './call-status.js';
import { differences, differencesOfJobs, idConflict } from './id-conflicts.js';

/** Between two looks at an id that another enqueuer is just adding. */
const LOOK_AGAIN_MS = 20;
/** Jobs whose ids are looked at in one step, and that are added in one round trip. */
const CHUNK = 1000;

export interface EnqueueServices {
  access: RedisAccess;
  ids: JobIds;
  /** Whether an id was made up for the job: then no other job has it, and it need not be looked for. */
  isNew: (id: string) => boolean;
  /** Adds jobs of new ids to their lanes, within a request. */
  addAll: (jobs: readonly CallJob[]) => Promise<void>;
  onProgress: (queued: number) => void;
}

/**
 * Adds jobs, each id once, and returns the ids that were queued before with the same content. Throws `ID_CONFLICT` for an
 * id that was queued with another content. Nothing is queued then, unless another enqueuer has come in between: in a list
 * of more than a thousand jobs, those before may then be queued.
 *
 * @param isList whether errors name the place in the list
 */
export async function enqueueJobs(
  jobs: readonly CallJob[],
  services: EnqueueServices,
  { isList }: { isList: boolean },
): Promise<ReadonlySet<string>> {
  const places = new Map(jobs.map((job, at) => [job.id, at] as const));
  const assertSame = (job: CallJob, found: FoundId) => {
    if (found.kind !== 'job' && found.kind !== 'entry') return;
    const issues = differences(job, found);
    if (issues.length > 0) throw idConflict(job.id, issues, isList ? places.get(job.id) : undefined);
  };
  const chunks = chunksOf(uniqueJobs(jobs));
  const before = new Set<string>();
  const { access, ids } = services;
  if (chunks.length > 1) {
    for (const chunk of chunks) {
      const found = await access.request('add', () => ids.find(chunk.map(({ id }) => id)));
      for (const [index, job] of chunk.entries()) assertSame(job, found[index] ?? { kind: 'free' });
    }
  }
  let queued = 0;
  for (const chunk of chunks) {
    for (const id of await enqueueChunk(
      chunk,
      assertSame,
      services,
      `add, with ${queued} of ${jobs.length} jobs queued,`,
    ))
      before.add(id);
    queued += chunk.length;
    services.onProgress(queued);
  }
  return before;
}

/**
 * Adds jobs that are too many for memory. `read` is called twice: once to look for ids that were queued with another content, in
 * which case nothing is queued, and once to queue them. Each piece has at most a thousand jobs, and no id comes twice.
 */
export async function enqueueChunks(
  read: () => AsyncIterable<readonly CallJob[]>,
  services: EnqueueServices,
): Promise<EnqueuedChunks> {
  const assertSame = (job: CallJob, found: FoundId) => {
    if (found.kind !== 'job' && found.kind !== 'entry') return;
    const issues = differences(job, found);
    if (issues.length > 0) throw idConflict(job.id, issues);
  };
  const { access, ids } = services;
  for await (const chunk of read()) {
    const found = await access.request('add', () => ids.find(chunk.map(({ id }) => id)));
    for (const [index, job] of chunk.entries()) assertSame(job, found[index] ?? { kind: 'free' });
  }
  const counts: EnqueuedChunks = { jobs: 0, before: 0 };
  for await (const chunk of read()) {
    const there = await enqueueChunk(chunk, assertSame, services, `add, with ${counts.jobs} jobs queued,`);
    counts.jobs += chunk.length;
    counts.before += there.length;
    services.onProgress(counts.jobs);
  }
  return counts;
}

/** Returns the ids that were there. */
async function enqueueChunk(
  chunk: readonly CallJob[],
  assertSame: (job: CallJob, found: FoundId) => void,
  { access, ids, isNew, addAll }: EnqueueServices,
  what: string,
): Promise<string[]> {
  const before: string[] = [];
  const made = chunk.filter(({ id }) => isNew(id));
  if (made.length > 0) await access.request(what, () => addAll(made));
  for (let left = chunk.filter(({ id }) => !isNew(id)); left.length > 0; ) {
    const found = await access.request(what, () => ids.reserve(left.map(({ id }) => id)));
    const of = (kinds: ReadonlyArray<FoundId['kind']>) =>
      left.filter((_, index) => kinds.includes(found[index]?.kind ?? 'free'));
    const free = of(['free']);
    try {
      for (const [index, job] of left.entries()) assertSame(job, found[index] ?? { kind: 'free' });
      // What the ledger knows is added as well: should its result not be published yet, a worker does so.
      await access.request(what, () => addAll(of(['free', 'entry'])));
    } finally {
      // Not waited for: a job that was added is found before its reservation, and where Redis is away it ends by itself.
      void access.request(what, () => ids.release(free.map(({ id }) => id))).catch(() => undefined);
    }
    before.push(...of(['job', 'entry']).map(({ id }) => id));
    left = of(['reserved']);
    if (left.length > 0) await delay(LOOK_AGAIN_MS);
  }
  return before;
}

/** Each id once. Throws `ID_CONFLICT` for two jobs of the same id that differ. */
function uniqueJobs(jobs: readonly CallJob[]): CallJob[] {
  const byId = new Map<string, CallJob>();
  for (const [at, job] of jobs.entries()) {
    const former = byId.get(job.id);
    if (former === undefined) {
      byId.set(job.id, job);
      continue;
    }
    const issues = differencesOfJobs(former, job);
    if (issues.length > 0) throw idConflict(job.id, issues, at);
  }
  return [...byId.values()];
}

function chunksOf(jobs: readonly CallJob[]): CallJob[][] {
  const chunks: CallJob[][] = [];
  for (let from = 0; from < jobs.length; from += CHUNK) chunks.push(jobs.slice(from, from + CHUNK));
  return chunks;
}
