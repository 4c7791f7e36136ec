import type { Leg } from './callee-log.js';
import type { Delivery } from './results-log.js';
import type { FaultKind, PlannedJob } from './schedule.js';
import { judgeStops } from './stops.js';
import { takenOverLegs } from './takeovers.js';
import type { WorkerExit } from './worker-slot.js';

/** Epoch milliseconds. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** Beyond what a call itself takes: for a dead worker's calls to be taken over and released, and for a slow machine. */
const RELEASED_WITHIN_MS = 15_000;
/** From a worker's SIGKILL until another has released its legs, while nothing else is disturbed. */
const TAKEN_OVER_WITHIN_MS = 10_000;
/** For a callee to notice that the time of an INVITE is over. */
const EXPIRED_WITHIN_MS = 2000;

/** What a run is judged by: the callees' log and the results queue, and nothing else. */
export interface Evidence {
  jobs: readonly PlannedJob[];
  legs: readonly Leg[];
  deliveries: readonly Delivery[];
  /** Calls that the callees say ring or are up. */
  calleesHold: number;
  /** When the legs were read. */
  nowMs: number;
  /** Faults, from when they struck until what they befell ran again. */
  disturbances: ReadonlyArray<Span & { kind: FaultKind }>;
  /** When drachtio was away: it forgets its calls, and then nobody can end them. */
  drachtioOutages: readonly Span[];
  /** Workers that were killed, and when. */
  kills: ReadonlyArray<{ workerId: string; atMs: number }>;
  /** Workers that ended otherwise. */
  exits: readonly WorkerExit[];
  /** Jobs whose cancel was answered with: it waited still, and is not dialled. */
  cancelledInTime: ReadonlySet<string>;
}

export interface Violation {
  kind:
    | 'dialled twice'
    | 'dialled though cancelled'
    | 'no result'
    | 'several results'
    | 'left up'
    | 'released late'
    | 'stopped badly';
  jobId: string;
  detail: string;
}

export interface Tally {
  jobs: number;
  dialled: number;
  dialledTwice: number;
  results: number;
  withoutResult: number;
  withSeveralResults: number;
  leftUp: number;
  /** Legs that the callee ended by itself when the time of the INVITE's `Expires` was over: nobody could cancel them. */
  expired: number;
  /** Legs that overstayed because drachtio itself was killed while they were up: no violation. */
  forgottenByDrachtio: number;
  /** Jobs that were cancelled while they waited, and those of them that were dialled all the same. */
  cancelledInTime: number;
  dialledThoughCancelled: number;
  /** Workers that were stopped by SIGTERM, and workers that ended by themselves or with another status than 0. */
  stopped: number;
  stoppedBadly: number;
  /** Workers that were stopped while they looked for calls that never came to be, or that nobody could cancel: status 1. */
  stoppedLooking: number;
  /** Results that came once more because Redis went away before their consumer could say that it had them. */
  deliveredAgain: number;
  /** By state and cause, and the error's code. */
  outcomes: Record<string, number>;
  /** From a worker's SIGKILL to the last leg that another worker released for it; null: there was none. */
  slowestTakeoverMs: number | null;
  /** The same, but for the time in which another fault lasted. */
  slowestUndisturbedTakeoverMs: number | null;
}

export function judge(evidence: Evidence): { tally: Tally; violations: Violation[] } {
  const { jobs, legs, deliveries } = evidence;
  const legsOf = groupBy(legs, ({ jobId }) => jobId);
  const deliveriesOf = groupBy(deliveries, ({ jobId }) => jobId);
  const lastsMs = new Map(jobs.map((planned) => [planned.job.id, planned.lastsMs]));
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
  for (const { job } of jobs) {
    const invites = sum(legsOf.get(job.id) ?? [], (leg) => leg.invites);
    if (invites > 1) violations.push({ kind: 'dialled twice', jobId: job.id, detail: `${invites} INVITEs` });
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
  const count = (kind: Violation['kind']) => violations.filter((violation) => violation.kind === kind).length;
  const published = [...deliveriesOf.values()].map(publications);
  return {
    violations,
    tally: {
      jobs: jobs.length,
      dialled: legsOf.size,
      dialledTwice: count('dialled twice'),
      results: sum(published, (results) => results),
      withoutResult: count('no result'),
      withSeveralResults: count('several results'),
      leftUp: count('left up'),
      expired: legs.filter(({ hasExpired }) => hasExpired).length,
      forgottenByDrachtio: forgotten.length,
      cancelledInTime: evidence.cancelledInTime.size,
      dialledThoughCancelled: count('dialled though cancelled'),
      stopped: evidence.exits.filter(({ wasTold }) => wasTold).length,
      stoppedBadly: count('stopped badly'),
      stoppedLooking: stops.looking,
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
 * It was up, and rightly so, when drachtio was killed, and nobody could end it any more. One that only rang has to have
 * stopped by itself, at the time that its INVITE gave.
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
