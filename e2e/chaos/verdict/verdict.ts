import type { Leg } from '../evidence/callee-log.js';
import type { Delivery } from '../evidence/results-log.js';
import { agentOf } from '../schedule/schedule.js';
import type { Evidence, Tally, Violation } from './evidence.js';
import { judgeRecordings } from './recordings.js';
import { judgeStops } from './stops.js';
import { takenOverLegs } from './takeovers.js';

/**
 * Beyond what a call itself takes: for a dead worker's calls to be taken over and released, and for a slow
 * machine.
 */
const RELEASED_WITHIN_MS = 15_000;
/** From a worker's SIGKILL until another has released its legs, while nothing else is disturbed. */
const TAKEN_OVER_WITHIN_MS = 10_000;
/** For a callee to notice that the time of an INVITE is over. */
const EXPIRED_WITHIN_MS = 2000;

export function judge(evidence: Evidence): { tally: Tally; violations: Violation[] } {
  const { jobs, legs, deliveries } = evidence;
  const legsOf = groupBy(legs, ({ jobId }) => jobId);
  const deliveriesOf = groupBy(deliveries, ({ jobId }) => jobId);
  const lastsMs = new Map(
    jobs.flatMap(({ job, lastsMs: ms }) => [job.id, agentOf(job.id)].map((id) => [id, ms] as const)),
  );
  const overstayed = legs.flatMap((leg) => {
    const dueAtMs = leg.invitedAtMs + (lastsMs.get(leg.jobId) ?? 0) + graceMs(leg, evidence);
    if (!leg.isUp && endOf(leg, evidence) <= dueAtMs) return [];
    return [{ leg, isForgotten: wasForgotten(leg, dueAtMs, evidence) }];
  });
  const forgotten = overstayed.filter(({ isForgotten }) => isForgotten);

  const violations: Violation[] = overstayed
    .filter(({ isForgotten }) => !isForgotten)
    .map(({ leg }) => {
      const seconds = Math.round((endOf(leg, evidence) - leg.invitedAtMs) / 1000);
      const detail = `for ${seconds} s${leg.isUp ? ', and is still' : ''}; Call-ID ${leg.callId}`;
      return { kind: 'left up', jobId: leg.jobId, detail };
    });
  const taken = takenOverLegs(evidence, legsOf, deliveriesOf);
  for (const { jobId, tookMs, undisturbedMs } of taken) {
    const detail = `${tookMs} ms after its worker was killed, ${undisturbedMs} ms of them undisturbed`;
    if (undisturbedMs > TAKEN_OVER_WITHIN_MS) violations.push({ kind: 'released late', jobId, detail });
  }
  const held = legs.filter(({ isUp, isByeUnanswered }) => isUp || isByeUnanswered);
  if (evidence.calleesHold > held.length) {
    const detail = `the callees hold ${evidence.calleesHold} calls, and their log shows ${held.length}`;
    violations.push({ kind: 'left up', jobId: 'none', detail });
  }
  for (const uuid of evidence.channelsLeft)
    violations.push({
      kind: 'endpoint left up',
      jobId: 'none',
      detail: `FreeSWITCH has the channel ${uuid}`,
    });
  for (const { job } of jobs) {
    for (const jobId of [job.id, agentOf(job.id)]) {
      const invites = sum(legsOf.get(jobId) ?? [], (leg) => leg.invites);
      if (invites > 1) violations.push({ kind: 'dialled twice', jobId, detail: `${invites} INVITEs` });
    }
    const published = publications(deliveriesOf.get(job.id) ?? []);
    if (published === 0) violations.push({ kind: 'no result', jobId: job.id, detail: 'nothing came' });
    if (published > 1)
      violations.push({ kind: 'several results', jobId: job.id, detail: `${published} results` });
  }
  for (const jobId of evidence.cancelledInTime) {
    const detail = 'its cancel was answered with: it is not dialled';
    if (legsOf.has(jobId)) violations.push({ kind: 'dialled though cancelled', jobId, detail });
  }
  const stops = judgeStops(evidence.exits, legsOf, deliveriesOf);
  violations.push(...stops.violations);
  const recordings = judgeRecordings(jobs, evidence.recordedCalls);
  violations.push(...recordings.violations);
  const count = (kind: Violation['kind']) => violations.filter((violation) => violation.kind === kind).length;
  const published = [...deliveriesOf.values()].map(publications);
  return {
    violations,
    tally: {
      jobs: jobs.length,
      dialled: jobs.filter(({ job }) => legsOf.has(job.id)).length,
      agentsDialled: jobs.filter(({ job }) => legsOf.has(agentOf(job.id))).length,
      dialledTwice: count('dialled twice'),
      results: sum(published, (results) => results),
      withoutResult: count('no result'),
      withSeveralResults: count('several results'),
      leftUp: count('left up'),
      endpointsLeftUp: count('endpoint left up'),
      expired: legs.filter(({ hasExpired }) => hasExpired).length,
      forgottenByDrachtio: forgotten.length,
      cancelledInTime: evidence.cancelledInTime.size,
      dialledThoughCancelled: count('dialled though cancelled'),
      stopped: evidence.exits.filter(({ wasTold }) => wasTold).length,
      stoppedBadly: count('stopped badly'),
      stoppedLooking: stops.looking,
      recordings: recordings.complete,
      recordingsIncomplete: recordings.incomplete,
      deliveredAgain: deliveries.length - sum(published, (results) => results),
      outcomes: countOutcomes([...deliveriesOf.values()]),
      slowestTakeoverMs: largest(taken.map(({ tookMs }) => tookMs)),
      slowestUndisturbedTakeoverMs: largest(taken.map(({ undisturbedMs }) => undisturbedMs)),
    },
  };
}

/** Results, each once however often it was delivered. */
function publications(deliveries: readonly Delivery[]): number {
  return new Set(deliveries.map(({ publishedAtMs, result }) => `${publishedAtMs} ${JSON.stringify(result)}`))
    .size;
}

function endOf({ overAtMs }: Leg, { nowMs }: Evidence): number {
  return overAtMs ?? nowMs;
}

/** How much longer than planned a leg may be up: nothing is asked of anybody while a fault lasts. */
function graceMs(leg: Leg, evidence: Evidence): number {
  const endMs = endOf(leg, evidence);
  const meanwhile = evidence.disturbances.filter(
    ({ fromMs, toMs }) => fromMs <= endMs && toMs >= leg.invitedAtMs,
  );
  return RELEASED_WITHIN_MS + sum(meanwhile, ({ fromMs, toMs }) => toMs - fromMs);
}

/**
 * It was up, and rightly so, when drachtio was killed, and could not be ended afterwards. One that only rang
 * has to have stopped by itself, at the time that its INVITE gave.
 */
function wasForgotten(leg: Leg, dueAtMs: number, evidence: Evidence): boolean {
  const endMs = endOf(leg, evidence);
  const { answeredAtMs, expiresAtMs } = leg;
  if (answeredAtMs === null && expiresAtMs !== null && endMs > expiresAtMs + EXPIRED_WITHIN_MS) return false;
  return evidence.drachtioOutages.some(
    ({ fromMs, toMs }) => leg.invitedAtMs <= toMs && endMs >= fromMs && dueAtMs >= fromMs,
  );
}

function countOutcomes(deliveries: ReadonlyArray<readonly Delivery[]>): Record<string, number> {
  const outcomes: Record<string, number> = {};
  for (const [first] of deliveries) {
    if (first === undefined) continue;
    const { state, cause, error } = first.result;
    const name = error === null ? `${state} ${cause}` : `${state} ${error.code}`;
    outcomes[name] = (outcomes[name] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(outcomes).sort(([, a], [, b]) => b - a));
}

function largest(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : Math.max(...numbers);
}

function groupBy<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function sum<T>(list: readonly T[], amountOf: (item: T) => number): number {
  return list.reduce((total, item) => total + amountOf(item), 0);
}
