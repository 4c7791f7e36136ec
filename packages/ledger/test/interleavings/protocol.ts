import type { Redis } from 'ioredis';
import type { Ledger } from '../../src/index.js';
import { programOf, publish } from './actors.js';
import { LEASE_MS, type World } from './world.js';

/** Steps that are not one of the ledger's: nothing of them can get lost on the way. */
const OUTSIDE = [
  'look',
  'invite',
  'lookAgain',
  'inviteAgent',
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
  if (actor === undefined) throw new Error(`there is no actor ${name}`);
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
