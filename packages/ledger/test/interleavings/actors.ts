import type { CallResult } from '@outdial/contract';
import type { Ledger, LedgerEntry } from '../../src/index.js';
import { endedOf, jobOf, resultOf } from '../support.js';
import { type Actor, JOB, type World } from './world.js';

type Step = (world: World, actor: Actor, name: string, ledger: Ledger) => Promise<void>;

/** All legs of a worker's call. */
function hangUp(world: World, name: string): void {
  world.legsUp = world.legsUp.filter((owner) => owner !== name && owner !== agentOf(name));
}

/** Whose agent's leg is up. */
const agentOf = (name: string) => `${name}'s agent`;
const CALLEE_LEG = { callId: 'c' };
const BOTH_LEGS = [CALLEE_LEG, { callId: 'agent' }];

/** A queue keeps the first of a job; that what follows is the same is not for the queue to see to. */
export function publish(world: World, into: 'results' | 'endedRecords', record: unknown): void {
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
      legs: [CALLEE_LEG],
    });
    if (answer === 'recorded') actor.at = 'listen';
    else Object.assign(actor, { at: 'claimAgain', lostAt: 'record' });
  },
  // The claim is another's now, or Redis has forgotten it: then the same one is made again, and what followed from it.
  async claimAgain(_world, actor, name, ledger) {
    const { token = '', lostAt = '' } = actor;
    const legs = actor.hasAgent === true ? BOTH_LEGS : [CALLEE_LEG];
    const answer = await ledger.claim({ jobId: JOB, workerId: name, job: jobOf(JOB), token, legs });
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
    else actor.at = losesItsSwitch(name) ? 'end' : 'claimLeg';
  },
  // A step of its plan connects an agent.
  async claimLeg(world, actor, _name, ledger) {
    const isCancelled = world.isCancelled && actor.hasAgent !== true;
    actor.hasAgent = true;
    const answer = await ledger.claimLeg(JOB, actor.token ?? '', BOTH_LEGS);
    if (answer === 'lost') Object.assign(actor, { at: 'claimAgain', lostAt: 'claimLeg' });
    else if (answer === 'claimed') Object.assign(actor, { at: 'lookAgain', isAfterCancel: isCancelled });
    else actor.at = 'hangUp';
  },
  async lookAgain(world, actor, name) {
    actor.at = world.leaseLost.includes(name) ? 'hangUp' : 'inviteAgent';
  },
  async inviteAgent(world, actor, name) {
    world.agentInvites.push(name);
    if (actor.isAfterCancel) world.invitesAfterCancel++;
    world.legsUp.push(agentOf(name));
    actor.at = 'hangUp';
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

function take({ token, result, legs }: LedgerEntry, actor: Actor, name: string): void {
  actor.token = token ?? '';
  actor.result = result ?? resultOf(JOB, { state: 'ERROR', cause: 'ERROR', workerId: name });
  actor.isBlind = legs.length === 0;
  actor.hasAgent = legs.length > 1;
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
  // A worker's list has a call that the worker itself does not have.
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
    const isAnyAt = (step: string) => Object.values(world.actors).some(({ at }) => at === step);
    const isAgentUp = world.legsUp.some((owner) => owner.endsWith('agent'));
    if (actor.isBlind && world.legsUp.length === 0 && isAnyAt('invite')) return;
    if (actor.hasAgent && !isAgentUp && isAnyAt('inviteAgent')) return;
    // It ends the legs that are on record.
    world.legsUp = world.legsUp.filter((owner) => owner.endsWith('agent') && !actor.hasAgent);
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

/** The program of an actor, by its name. */
export function programOf(name: string): Record<string, Step> {
  if (name.startsWith('w')) return WORKER;
  return name.startsWith('taker') ? TAKER : CANCELLER;
}
