import type { CallResult } from '@outdial/contract';
import type { Redis } from 'ioredis';
import type { Ledger, LedgerEntry } from '../src/index.js';
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
  /** Its result is on record, as far as it knows. */
  isSettled?: boolean;
  /** The step that told it that its claim is lost, unless Redis has merely forgotten it. */
  lostAt?: string;
  /** Whose call it is to adopt. */
  of?: string;
}

/** Everything outside Redis. */
export interface World {
  actors: Record<string, Actor>;
  /** Workers whose lease ran out, which their own clocks tell them as well. */
  leaseLost: string[];
  faults: number;
  /** Redis has lost the last that was written. */
  hasForgotten: boolean;
  /** Who sent an INVITE. */
  invites: string[];
  /** The campaign was told that the cancel is on its way. */
  isCancelled: boolean;
  /** INVITEs of claims that were given after that. */
  invitesAfterCancel: number;
  /** Whose calls the callee has, be they ringing or answered. */
  legsUp: string[];
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
    hasForgotten: false,
    invites: [],
    isCancelled: false,
    invitesAfterCancel: 0,
    legsUp: [],
    results: [],
    endedRecords: [],
  };
}

type Step = (world: World, actor: Actor, name: string, ledger: Ledger) => Promise<void>;

function hangUp(world: World, name: string): void {
  world.legsUp = world.legsUp.filter((owner) => owner !== name);
}

/** A queue keeps the first of a job; that what follows is the same is not for the queue to see to. */
function publish(world: World, into: 'results' | 'endedRecords', record: unknown): void {
  const text = JSON.stringify(record);
  const isDropped = world.hasForgotten && world[into].length > 0;
  if (!isDropped && !world[into].includes(text)) world[into].push(text);
}

/** One worker loses its switch: its answered call ends, and is hung up only when it has its switch back. */
const losesItsSwitch = (name: string) => name === 'w2';

const publishResult: Step = async (world, actor) => {
  publish(world, 'results', actor.result);
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
  async invite(world, actor, name) {
    world.invites.push(name);
    if (actor.isAfterCancel) world.invitesAfterCancel++;
    world.legsUp.push(name);
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
    if (answer === 'recorded') actor.at = 'listen';
    else Object.assign(actor, { at: 'claimAgain', lostAt: 'record' });
  },
  // The claim is another's now, or Redis has forgotten it: then the same one is made again, and what followed from it.
  async claimAgain(_world, actor, name, ledger) {
    const { token = '', lostAt = '' } = actor;
    const answer = await ledger.claim({ jobId: JOB, workerId: name, job: jobOf(JOB), token });
    // Without a lease it asks again, until it has one or another worker has the call.
    if (answer.kind === 'workerLost') return;
    if (answer.kind !== 'claimed') actor.at = 'hangUpLost';
    else actor.at = actor.isSettled === true ? 'settleAgain' : lostAt;
  },
  async settleAgain(_world, actor, _name, ledger) {
    await ledger.settle(JOB, actor.token ?? '', actor.result as CallResult, { isOver: true });
    actor.at = actor.lostAt ?? '';
  },
  async hangUpLost(world, actor, name) {
    hangUp(world, name);
    actor.at = actor.isSettled === true ? 'done' : 'claim';
  },
  async listen(_world, actor, name, ledger) {
    const isCancelled = (await ledger.get(JOB))?.cancelRequestedAt != null;
    actor.result = resultOf(JOB, { workerId: name, ...(isCancelled ? {} : { state: 'ANSWERED' }) });
    actor.at = isCancelled ? 'hangUpCancelled' : 'settle';
  },
  async hangUpCancelled(world, actor, name) {
    hangUp(world, name);
    actor.at = 'settle';
  },
  async settle(_world, actor, _name, ledger) {
    const answer = await ledger.settle(JOB, actor.token ?? '', actor.result as CallResult, { isOver: true });
    if (answer.kind === 'already') actor.result = answer.result;
    if (answer.kind === 'lost') Object.assign(actor, { at: 'claimAgain', lostAt: 'settle' });
    else Object.assign(actor, { at: 'publishResult', isSettled: true });
  },
  publishResult,
  async markResult(_world, actor, name, ledger) {
    await ledger.markPublished([{ kind: 'result', jobId: JOB }]);
    const isUp = actor.token !== undefined && actor.result?.state === 'ANSWERED';
    if (!isUp) actor.at = 'done';
    else actor.at = losesItsSwitch(name) ? 'end' : 'hangUp';
  },
  async hangUp(world, actor, name) {
    hangUp(world, name);
    actor.at = losesItsSwitch(name) ? 'release' : 'end';
  },
  async end(_world, actor, name, ledger) {
    const isOver = !losesItsSwitch(name);
    const answer = await ledger.end(JOB, actor.token ?? '', endedOf(JOB), { isOver });
    const isLost = answer.kind === 'lost' || answer.kind === 'unsettled';
    if (isLost) Object.assign(actor, { at: 'claimAgain', lostAt: 'end' });
    else actor.at = 'publishEnded';
  },
  async publishEnded(world, actor) {
    publish(world, 'endedRecords', endedOf(JOB));
    actor.at = 'markEnded';
  },
  async markEnded(_world, actor, name, ledger) {
    await ledger.markPublished([{ kind: 'ended', jobId: JOB }]);
    actor.at = losesItsSwitch(name) ? 'hangUp' : 'done';
  },
  async release(_world, actor, _name, ledger) {
    const answer = await ledger.release(JOB, actor.token ?? '');
    if (answer === 'released') actor.at = 'done';
    else Object.assign(actor, { at: 'claimAgain', lostAt: 'end' });
  },
};

async function entriesOf(workerId: string, ledger: Ledger): Promise<LedgerEntry[]> {
  const entries = await Promise.all((await ledger.callsOf(workerId)).map((jobId) => ledger.get(jobId)));
  return entries.filter((entry) => entry !== null);
}

function take({ token, result, whereabouts }: LedgerEntry, actor: Actor, name: string): void {
  actor.token = token ?? '';
  actor.result = result ?? resultOf(JOB, { state: 'ERROR', cause: 'ERROR', workerId: name });
  actor.isBlind = whereabouts.callId === undefined;
  actor.at = 'settle';
}

const TAKER: Record<string, Step> = {
  publishResult,
  publishEnded: WORKER.publishEnded as Step,
  async markEnded(_world, actor, _name, ledger) {
    await ledger.markPublished([{ kind: 'ended', jobId: JOB }]);
    actor.at = 'releaseLeg';
  },
  async takeOver(_world, actor, name, ledger) {
    // What it has taken without ever hearing of it comes first.
    for (const lost of [null, ...(await ledger.lostWorkers())]) {
      const [entry] = await (lost === null ? entriesOf(name, ledger) : ledger.takeOver(lost, name));
      if (entry === undefined) continue;
      take(entry, actor, name);
      return;
    }
  },
  // A worker's list has a call that nothing in the worker knows of any more.
  async adopt(_world, actor, name, ledger) {
    const [entry] = await entriesOf(actor.of ?? '', ledger);
    if (entry === undefined) actor.at = 'done';
    else take(entry, actor, name);
  },
  async settle(_world, actor, _name, ledger) {
    const answer = await ledger.settle(JOB, actor.token ?? '', actor.result as CallResult);
    if (answer.kind === 'already') actor.result = answer.result;
    actor.at = answer.kind === 'lost' ? 'done' : 'publishResult';
  },
  async markResult(_world, actor, _name, ledger) {
    await ledger.markPublished([{ kind: 'result', jobId: JOB }]);
    actor.at = actor.result?.state === 'ANSWERED' ? 'end' : 'releaseLeg';
  },
  async releaseLeg(world, actor) {
    // A leg that nothing is known of is looked for as long as a frozen worker may still bring it up.
    const mayAppear = Object.values(world.actors).some(({ at }) => at === 'invite');
    if (actor.isBlind && world.legsUp.length === 0 && mayAppear) return;
    world.legsUp = [];
    actor.at = 'release';
  },
  async end(_world, actor, _name, ledger) {
    const answer = await ledger.end(JOB, actor.token ?? '', endedOf(JOB), { isOver: false });
    actor.at = answer.kind === 'lost' ? 'done' : 'publishEnded';
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
    if (world.faults >= faultsMax || world.hasForgotten) return [`step ${name}`];
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
  for (const [of, { at }] of Object.entries(world.actors)) {
    if (at === 'done' && of.startsWith('w') && !world.leaseLost.includes(of))
      world.actors[`taker-${of}`] = { at: 'adopt', of };
  }
  await finishAll(world, ledger, redis);
  const items = await ledger.unpublished();
  for (const { kind, record } of items)
    publish(world, kind === 'result' ? 'results' : 'endedRecords', record);
  await ledger.markPublished(items);
}

async function finishAll(world: World, ledger: Ledger, redis: Redis): Promise<void> {
  for (let before = ''; before !== JSON.stringify(world); ) {
    before = JSON.stringify(world);
    for (const choice of choices(world, 0)) await happen(choice, world, ledger, redis);
  }
}
