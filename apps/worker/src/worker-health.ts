import type { Telephony } from '@outdial/telephony';
import type { Redis } from 'ioredis';
import type { CallsUp } from './calls-up.js';
import type { Drain } from './drain.js';
import type { HealthChecks } from './health-server.js';
import type { LaneWorker } from './lane-worker.js';
import type { Membership } from './membership.js';

export interface HealthSources {
  /** Filled once the lanes are open. */
  lanes: readonly LaneWorker[];
  calls: CallsUp;
  redis: Redis;
  membership: Membership;
  telephony: Telephony;
  drain: Drain;
}

/** What a worker says of its own health. */
export function healthOf({ lanes, calls, redis, membership, telephony, drain }: HealthSources): HealthChecks {
  return {
    live() {
      const isTaking = drain.hasBegun || lanes.every((lane) => lane.isRunning());
      return { ok: isTaking, workerId: membership.workerId, callsUp: calls.count };
    },
    ready() {
      const servers = telephony.servers();
      const isRedisUp = redis.status === 'ready' && membership.isLeaseLive();
      const isDraining = drain.hasBegun;
      const ok = isRedisUp && telephony.isReady && !isDraining;
      return { ok, redis: isRedisUp, isDraining, servers };
    },
  };
}
