import { expect, test } from 'vitest';
import type { Ledger } from '../../src/index.js';
import { useRedis } from '../support.js';
import { choices, happen, settleDown } from './protocol.js';
import { fingerprint, restore, type Snapshot, takeSnapshot } from './snapshot.js';
import { LEASE_MS, newWorld, type World } from './world.js';

const redis = useRedis();

/** Crashes, lost leases and lost answers in one interleaving, at any point. Two take some five minutes: OUTDIAL_MODEL_FAULTS=2. */
const FAULTS_MAX = Number(process.env.OUTDIAL_MODEL_FAULTS ?? 1);

interface State {
  snapshot: Snapshot;
  world: World;
  path: string[];
}

/** True in every state. */
function checkAlways(world: World): string[] {
  return [
    ...checkInvites(world.invites, 'the callee', world),
    ...checkInvites(world.agentInvites, 'the agent', world),
    ...(world.invitesAfterCancel > 0 ? ['dialled by a claim that came after the cancel'] : []),
    ...(world.results.length > 1 ? [`${world.results.length} different results`] : []),
    ...(world.endedRecords.length > 1 ? [`${world.endedRecords.length} different ended records`] : []),
  ];
}

/** A claim that was forgotten may be followed by another's before it is made again, but not by a second of its own. */
function checkInvites(senders: readonly string[], to: string, { hasForgotten }: World): string[] {
  const isOneMany = new Set(senders).size < senders.length || (senders.length > 1 && !hasForgotten);
  return isOneMany ? [`INVITEs of ${senders} to ${to}`] : [];
}

/** True once everything has settled down. */
async function checkAtEnd(world: World, ledger: Ledger): Promise<string[]> {
  const entry = await ledger.get('job-1');
  const isAnswered = entry?.result?.state === 'ANSWERED';
  const held = (await redis.keys(ledger)).filter((key) => /worker-(calls|cancels)/.test(key));
  return [
    ...checkAlways(world),
    ...(world.results.length === 0 ? ['no result'] : []),
    ...(world.hasForgotten && world.results[0]?.includes('ERROR') ? ['a call was given up needlessly'] : []),
    ...(world.hasForgotten || world.results[0] === JSON.stringify(entry?.result)
      ? []
      : ['published is not what is recorded']),
    ...(world.endedRecords.length === (isAnswered ? 1 : 0)
      ? []
      : ['the ended record is missing or too much']),
    ...(world.legsUp.length > 0 ? ['a call is left up'] : []),
    ...(entry?.isReleased ? [] : ['the entry is not released']),
    ...(held.length > 0 ? [`left on a worker's list: ${held}`] : []),
    ...((await ledger.unpublished()).length > 0 ? ['the outbox is not empty'] : []),
  ];
}

test('two workers, a taker and a canceller: in every interleaving, with crashes, lost leases and lost answers anywhere, one INVITE at most, one result, nothing left up', async () => {
  const ledger = redis.newLedger();
  for (const name of ['w1', 'w2', 'taker']) await ledger.heartbeat(name, { ttlMs: LEASE_MS });
  const start: State = {
    snapshot: await takeSnapshot(redis.redis, ledger.prefix),
    world: newWorld(),
    path: [],
  };
  const seen = new Set([fingerprint(start.snapshot, start.world)]);
  const open = [start];
  let ends = 0;
  let haveDialledAgents = false;
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const { successors, isAtRest } = await explore(state, ledger);
    for (const next of successors) {
      const problems = checkAlways(next.world);
      if (problems.length > 0) throw new Error(`${problems.join('; ')} after ${next.path.join(', ')}`);
      const mark = fingerprint(next.snapshot, next.world);
      if (seen.has(mark)) continue;
      seen.add(mark);
      haveDialledAgents ||= next.world.agentInvites.length > 0;
      open.push(next);
    }
    if (!isAtRest) continue;
    ends++;
    await restore(redis.redis, state.snapshot);
    await settleDown(state.world, ledger, redis.redis);
    const problems = await checkAtEnd(state.world, ledger);
    if (problems.length > 0) throw new Error(`${problems.join('; ')} after ${state.path.join(', ')}`);
  }
  // It did walk.
  expect(seen.size).toBeGreaterThan(1000);
  expect(ends).toBeGreaterThan(50);
  expect(haveDialledAgents).toBe(true);
}, 1_800_000);

function mayBeForgotten(choice: string, { world }: State): boolean {
  return /^step w/.test(choice) && world.faults === 0 && FAULTS_MAX > 0 && !world.hasForgotten;
}

/** What may follow a state; it is at rest when no actor can change anything by itself. */
async function explore(state: State, ledger: Ledger): Promise<{ successors: State[]; isAtRest: boolean }> {
  const own = fingerprint(state.snapshot, state.world);
  const successors: State[] = [];
  let isAtRest = true;
  for (const choice of choices(state.world, FAULTS_MAX)) {
    const world = structuredClone(state.world);
    // On one connection, so that it comes before what happens.
    const restored = restore(redis.redis, state.snapshot);
    await happen(choice, world, ledger, redis.redis);
    const snapshot = await takeSnapshot(redis.redis, ledger.prefix);
    await restored;
    if (choice.startsWith('step') && fingerprint(snapshot, world) !== own) isAtRest = false;
    const path = [...state.path, choice];
    successors.push({ snapshot, world, path });
    // It was taken and answered, and Redis comes back without it.
    if (mayBeForgotten(choice, state) && JSON.stringify(snapshot) !== JSON.stringify(state.snapshot))
      successors.push({
        snapshot: state.snapshot,
        world: { ...world, hasForgotten: true },
        path: [...path, 'forgotten'],
      });
  }
  return { successors, isAtRest };
}
