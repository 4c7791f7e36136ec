import type { LaneWorker, RedisClient } from '@outdial/queue';
import type { Telephony } from '@outdial/telephony';
import type { ActiveCalls } from '../call/active-calls.js';
import type { Membership } from '../cluster/membership.js';
import type { Drain } from '../lifecycle/drain.js';
import type { Pace } from '../pace/pacer.js';
import type { HealthChecks } from './health-server.js';

export interface HealthSources {
  /** Filled once the lanes are open. */
  lanes: readonly LaneWorker[];
  /** Null until the lanes are open. */
  pace: () => Pace | null;
  calls: ActiveCalls;
  redis: RedisClient;
  membership: Membership;
  telephony: Telephony;
  drain: Drain;
}

/** What the health endpoints of a worker report. */
export function healthChecks({
  lanes,
  pace,
  calls,
  redis,
  membership,
  telephony,
  drain,
}: HealthSources): HealthChecks {
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
      return { ok, redis: isRedisUp, isDraining, ...pace(), servers };
    },
  };
}
