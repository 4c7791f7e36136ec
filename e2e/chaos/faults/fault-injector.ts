import { setTimeout as delay } from 'node:timers/promises';
import type { FaultLink } from '@outdial/testkit';
import { Redis } from 'ioredis';
import type { ServerName } from '../../support/kill-server.js';
import type { Network } from '../network/network.js';
import type { NetworkServers, Outage } from '../network/servers.js';
import type { WorkerSlot } from '../network/worker-slot.js';
import {
  type ChaosMedia,
  FAULT_KINDS,
  type Fault,
  type FaultKind,
  type Manner,
} from '../schedule/schedule.js';

/** A fault as it was injected; times after the start of the run. */
export interface InjectedFault extends Fault {
  injectedAtMs: number;
  settledAtMs: number;
}

/** The faults that can be injected into these servers. Without calls on FreeSWITCH there are none of it. */
export function possibleFaults({ restart }: Pick<NetworkServers, 'restart'>, media: ChaosMedia): FaultKind[] {
  return FAULT_KINDS.filter((kind) => {
    if (media === 'worker' && (kind === 'killFreeswitch' || kind === 'cutWorkerFromFreeswitch')) return false;
    if (kind === 'killDrachtio') return restart.drachtio !== undefined;
    return kind !== 'killFreeswitch' || restart.freeswitch !== undefined;
  });
}

/** Injects faults, one at a time into each part: the next waits until the part has recovered. */
export class FaultInjector {
  readonly injected: InjectedFault[] = [];
  readonly drachtioOutages: Outage[] = [];
  readonly #network: Network;
  readonly #startedAtMs: number;
  readonly #onSettled: (fault: InjectedFault) => void;
  readonly #tails = new Map<string, Promise<void>>();

  constructor(network: Network, startedAtMs: number, onSettled: (fault: InjectedFault) => void) {
    this.#network = network;
    this.#startedAtMs = startedAtMs;
    this.#onSettled = onSettled;
  }

  /** Resolves when the affected part runs again. */
  inject(fault: Fault): Promise<void> {
    const part = `${PARTS[fault.kind]} ${fault.worker ?? ''}`;
    const tail = (this.#tails.get(part) ?? Promise.resolve()).then(() => this.#inject(fault));
    this.#tails.set(part, tail);
    return tail;
  }

  async #inject(fault: Fault): Promise<void> {
    const injectedAtMs = Date.now() - this.#startedAtMs;
    await this.#run(fault);
    const injected = { ...fault, injectedAtMs, settledAtMs: Date.now() - this.#startedAtMs };
    this.injected.push(injected);
    this.#onSettled(injected);
  }

  async #run({ kind, worker, durationMs, manner }: Fault): Promise<void> {
    const { redis, slots } = this.#network;
    const slot = slots[worker ?? 0] as WorkerSlot;
    switch (kind) {
      case 'killWorker':
        return slot.kill(durationMs);
      case 'freezeWorker':
        return slot.freeze(durationMs);
      case 'stopWorker':
        return slot.roll();
      case 'killRedis':
        await redis.kill();
        await delay(durationMs);
        return redis.restart();
      case 'pauseRedis':
        redis.pause();
        await delay(durationMs);
        return redis.resume();
      case 'cutConnections':
        return cutConnections(redis.url);
      case 'killDrachtio':
        return this.#restart('drachtio', durationMs);
      case 'killFreeswitch':
        return this.#restart('freeswitch', durationMs);
      case 'cutWorkerFromDrachtio':
        return cutOff([slot.links.drachtio], manner, durationMs);
      case 'cutWorkerFromFreeswitch':
        return cutOff([slot.links.freeswitch], manner, durationMs);
      case 'cutWorkerFromServers':
        return cutOff([slot.links.drachtio, slot.links.freeswitch], manner, durationMs);
      case 'cutWorkerFromRedis':
        return cutOff([slot.links.redis], manner, durationMs);
    }
  }

  async #restart(server: ServerName, downMs: number): Promise<void> {
    const outage = await this.#network.servers.restart[server]?.(downMs);
    if (server === 'drachtio' && outage !== undefined) this.drachtioOutages.push(outage);
  }
}

const PARTS: Readonly<Record<FaultKind, string>> = {
  killWorker: 'worker',
  freezeWorker: 'worker',
  stopWorker: 'worker',
  killRedis: 'redis',
  pauseRedis: 'redis',
  cutConnections: 'redis',
  killDrachtio: 'drachtio',
  killFreeswitch: 'freeswitch',
  cutWorkerFromDrachtio: 'links to the servers',
  cutWorkerFromFreeswitch: 'links to the servers',
  cutWorkerFromServers: 'links to the servers',
  cutWorkerFromRedis: 'link to Redis',
};

async function cutOff(links: readonly FaultLink[], manner: Manner | null, durationMs: number): Promise<void> {
  for (const link of links) {
    if (manner === 'closed') link.cut();
    else link.freeze();
  }
  await delay(durationMs);
  for (const link of links) link.restore({ loses: manner === 'lost' });
}

/** Every connection to Redis but the one that asks for it. */
async function cutConnections(url: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  redis.disconnect();
}
