import type { CallResult } from '@outdial/contract';
import type { Redis } from 'ioredis';
import type { Ledger } from '../src/index.js';
import { endedOf, jobOf, resultOf } from './support.js';

/**
 * The protocol that workers, a taker and a canceller follow for one job, as step machines over the real
 * ledger: each step is one ledger call, or one effect on the world outside. Small enough that every
 * interleaving can be walked, with a crash and a lost lease at every point.
 */
export const JOB = 'job-1';
/** Longer than it takes to walk everything: a lease is lost only where that is one of the things that happen. */
export const LEASE_MS = 24 * 3600 * 1000;

/** One actor: where it is in its program and what it remembers. All of it is lost when it crashes. */
export interface Actor {
  at: string;
  token?: string;
  /** It took a call over of which nothing was on record yet. */
  isBlind?: boolean;
  /** It got its claim although the campaign had been told that the job is cancelled. */
  isAfterCancel?: boolean;
  result?: CallResult;
}

/** Everything outside Redis. */
export interface World {
  actors: Record<string, Actor>;
  /** Workers whose lease ran out, which their own clocks tell them as well. */
  leaseLost: string[];
  faults: number;
  invites: number;
  /** The campaign was told that the cancel is on its way. */
  isCancelled: boolean;
  /** INVITEs of claims that were given after that. */
  invitesAfterCancel: number;
  /** Whether the callee has a call of ours, be it ringing or answered. */
  isLegUp: boolean;
  /** The distinct results and ended records that reached their queues. */
  results: string[];
  endedRecords: string[];
}

export function newWorld(): World {
  return {
    actors: {
      w1: { at: 'claim' },
      w2: { at: 'claim' },
      taker: { at: 'takeOver' },
      canceller: { at: 'cancel' },
    },
    leaseLost: [],
    faults: 0,
    invites: 0,
    isCancelled: false,
    invitesAfterCancel: 0,
    isLegUp: false,
    results: [],
    endedRecords: [],
  };
}

type Step = (world: World, actor: Actor, name: string, ledger: Ledger) => Promise<void>;

function publish(into: string[], record: unknown): void {
  const text = JSON.stringify(record);
  if (!into.includes(text)) into.push(text);
}

const publishResult: Step = async (world, actor) => {
  publish(world.results, actor.result);
  actor.at = 'markResult';
};

const WORKER: Record<string, Step> = {
  async claim(world, actor, name, ledger) {
    const token = `token-${name}`;
    const isRepeat = (await ledger.get(JOB))?.token === token;
    const answer = await ledger.claim({ jobId: JOB, workerId: name, job: jobOf(JOB), token });
    if (answer.kind === 'claimed')
      Object.assign(actor, {
        at: 'look',
        token: answer.token,
        isAfterCancel: world.isCancelled && !isRepeat,
      });
    if (answer.kind === 'cancelled') actor.at = 'settleCancelled';
    if (answer.kind === 'settled') {
      Object.assign(
        actor,
        answer.isPublished ? { at: 'done' } : { at: 'publishResult', result: answer.result },
      );
    }
    // Held by another, or without a lease: it asks again later.
  },
  async look(world, actor, name) {
    // Its own clock tells a worker that its lease is over; it may still be frozen just after.
    actor.at = world.leaseLost.includes(name) ? 'unclaim' : 'invite';
  },
  async invite(world, actor) {
    world.invites++;
    if (actor.isAfterCancel) world.invitesAfterCancel++;
    world.isLegUp = true;
    actor.at = 'record';
  },
  async unclaim(_world, actor, _name, ledger) {
    const answer = await ledger.unclaim(JOB, actor.token ?? '');
    actor.at = answer === 'cancelled' ? 'settleCancelled' : 'claim';
  },
  async settleCancelled(_world, actor, _name, ledger) {
    const answer = await ledger.settle(JOB, null, resultOf(JOB, { cause: 'NORMAL' }));
    if (answer.kind === 'settled' || answer.kind === 'already') actor.at = 'claim';
  },
  async record(_world, actor, _name, ledger) {
    const answer = await ledger.record(JOB, actor.token ?? '', {
      phase: 'ringing',
      whereabouts: { callId: 'c' },
    });
    actor.at = answer === 'recorded' ? 'listen' : 'hangUpLost';
  },
  async hangUpLost(world, actor) {
    world.isLegUp = false;
    actor.at = 'claim';
  },
  async listen(_world, actor, name, ledger) {
    const isCancelled = (await ledger.get(JOB))?.cancelRequestedAt != null;
    actor.result = resultOf(JOB, { workerId: name, ...(isCancelled ? {} : { state: 'ANSWERED' }) });
    actor.at = isCancelled ? 'hangUpCancelled' : 'settle';
  },
  async hangUpCancelled(world, actor) {
    world.isLegUp = false;
    actor.at = 'settle';
  },
  async settle(_world, actor, _name, ledger) {
    const answer = await ledger.settle(JOB, actor.token ?? '', actor.result as CallResult, { isOver: true });
    if (answer.kind === 'already') actor.result = answer.result;
    actor.at = answer.kind === 'lost' ? 'hangUpLost' : 'publishResult';
  },
  publishResult,
  async markResult(_world, actor, _name, ledger) {
    await ledger.markPublished([{ kind: 'result', jobId: JOB }]);
    actor.at = actor.token !== undefined && actor.result?.state === 'ANSWERED' ? 'hangUp' : 'done';
  },
  async hangUp(world, actor) {
    world.isLegUp = false;
    actor.at = 'end';
  },
  async end(_world, actor, _name, ledger) {
    const answer = await ledger.end(JOB, actor.token ?? '', endedOf(JOB));
    actor.at = answer.kind === 'lost' ? 'done' : 'publishEnded';
  },
  async publishEnded(world, actor, _name, ledger) {
    publish(world.endedRecords, (await ledger.get(JOB))?.ended);
    actor.at = 'markEnded';
  },
  async markEnded(_world, actor, _name, ledger) {
    await ledger.markPublished([{ kind: 'ended', jobId: JOB }]);
    actor.at = 'done';
  },
};

const TAKER: Record<string, Step> = {
  ...WORKER,
  async takeOver(_world, actor, name, ledger) {
    // What it has taken without ever hearing of it comes first.
    for (const lost of [null, ...(await ledger.lostWorkers())]) {
      const [entry] = await (lost === null ? ledger.takenOver(name) : ledger.takeOver(lost, name));
      if (entry === undefined) continue;
      actor.token = entry.token ?? '';
      actor.result = entry.result ?? resultOf(JOB, { state: 'ERROR', cause: 'ERROR', workerId: name });
      actor.isBlind = entry.whereabouts.callId === undefined;
      actor.at = 'settle';
      return;
    }
  },
  async settle(_world, actor, _name, ledger) {
    const answer = await ledger.settle(JOB, actor.token ?? '', actor.result as CallResult);
    if (answer.kind === 'already') actor.result = answer.result;
    actor.at = answer.kind === 'lost' ? 'done' : 'publishResult';
  },
  async markResult(_world, actor, _name, ledger) {
    await ledger.markPublished([{ kind: 'result', jobId: JOB }]);
    actor.at = 'releaseLeg';
  },
  async releaseLeg(world, actor) {
    // A leg that nothing is known of is looked for as long as a frozen worker may still bring it up.
    const mayAppear = Object.values(world.actors).some(({ at }) => at === 'invite');
    if (actor.isBlind && !world.isLegUp && mayAppear) return;
    world.isLegUp = false;
    actor.at = actor.result?.state === 'ANSWERED' ? 'end' : 'release';
  },
  async release(_world, actor, _name, ledger) {
    await ledger.release(JOB, actor.token ?? '');
    actor.at = 'done';
  },
};

const CANCELLER: Record<string, Step> = {
  publishResult,
  async cancel(world, actor, name, ledger) {
    const result = resultOf(JOB, { workerId: name });
    const answer = await ledger.requestCancel(JOB, result);
    world.isCancelled = answer.phase !== 'ended';
    Object.assign(actor, answer.phase === 'waiting' ? { at: 'publishResult', result } : { at: 'done' });
  },
  async markResult(_world, actor, _name, ledger) {
    await ledger.markPublished([{ kind: 'result', jobId: JOB }]);
    actor.at = 'done';
  },
};

function programOf(name: string): Record<string, Step> {
  if (name.startsWith('w')) return WORKER;
  return name.startsWith('taker') ? TAKER : CANCELLER;
}

/** Steps that are not one of the ledger's: nothing of them can get lost on the way. */
const OUTSIDE = [
  'look',
  'invite',
  'hangUpLost',
  'hangUpCancelled',
  'hangUp',
  'releaseLeg',
  'publishResult',
  'publishEnded',
];

/**
 * What may happen next: a step of any actor that is left, and as faults a step whose answer is never heard, its
 * crash, its lease running out.
 */
export function choices(world: World, faultsMax: number): string[] {
  return Object.entries(world.actors).flatMap(([name, actor]) => {
    if (actor.at === 'done') return [];
    if (world.faults >= faultsMax) return [`step ${name}`];
    const mayLoseLease = name !== 'canceller' && !world.leaseLost.includes(name);
    return [
      `step ${name}`,
      `crash ${name}`,
      ...(mayLoseLease ? [`lose ${name}`] : []),
      ...(OUTSIDE.includes(actor.at) ? [] : [`unheard ${name}`]),
    ];
  });
}

/** Lets one thing happen. */
export async function happen(choice: string, world: World, ledger: Ledger, redis: Redis): Promise<void> {
  const [what, name = ''] = choice.split(' ');
  const actor = world.actors[name];
  if (actor === undefined) throw new Error(`nobody is called ${name}`);
  if (what === 'step') await programOf(name)[actor.at]?.(world, actor, name, ledger);
  else world.faults++;
  // It takes effect, and its actor, who does not know, takes it again.
  if (what === 'unheard')
    await programOf(name)[actor.at]?.(structuredClone(world), { ...actor }, name, ledger);
  if (what === 'crash') world.actors[name] = { at: 'done' };
  // A crash is seen by the others when the lease runs out, which is walked as one: sooner or later it does.
  if ((what === 'crash' || what === 'lose') && name !== 'canceller') {
    if (!world.leaseLost.includes(name)) world.leaseLost = [...world.leaseLost, name].sort();
    await redis.zadd(`${ledger.prefix}:ledger:workers`, 'XX', 1, name);
  }
}

/**
 * Lets everybody who lives finish, then lets fresh ones clear up, as a system does that is left alone: a
 * taker, the job's redelivery to another worker, a sweep of the outbox.
 */
export async function settleDown(world: World, ledger: Ledger, redis: Redis): Promise<void> {
  await finishAll(world, ledger, redis);
  for (const [name, at] of [
    ['taker-late', 'takeOver'],
    ['w-late', 'claim'],
  ] as const) {
    await ledger.heartbeat(name, { ttlMs: LEASE_MS });
    world.actors[name] = { at };
    await finishAll(world, ledger, redis);
  }
  const items = await ledger.unpublished();
  for (const { kind, record } of items)
    publish(kind === 'result' ? world.results : world.endedRecords, record);
  await ledger.markPublished(items);
}

async function finishAll(world: World, ledger: Ledger, redis: Redis): Promise<void> {
  for (let before = ''; before !== JSON.stringify(world); ) {
    before = JSON.stringify(world);
    for (const choice of choices(world, 0)) await happen(choice, world, ledger, redis);
  }
}
