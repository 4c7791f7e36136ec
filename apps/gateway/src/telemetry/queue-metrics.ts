import type { CallQueue } from '@outdial/client';
import { endedQueueName, RESULTS_QUEUE, resultsQueueSchema, resultsQueuesKey } from '@outdial/contract';
import { OutcomeQueue, type RedisAccess } from '@outdial/queue';
import { Gauge, type Registry } from 'prom-client';

/** How many jobs and outcomes wait, and for how long: asked of Redis whenever the metrics are collected. */
export function watchQueues(
  registry: Registry,
  { queue, access }: { queue: CallQueue; access: RedisAccess },
): void {
  const registers = [registry];
  new Gauge({
    name: 'outdial_lane_jobs',
    help: 'Jobs of a lane that are not done, by their state',
    labelNames: ['lane', 'state'],
    registers,
    async collect() {
      this.reset();
      for (const lane of await queue.lanes()) {
        const { waiting, active, delayed } = await queue.counts(lane);
        for (const [state, jobs] of Object.entries({ waiting, active, delayed }))
          this.set({ lane, state }, jobs);
      }
    },
  });
  new Gauge({
    name: 'outdial_lane_oldest_seconds',
    help: 'How long the next job of a lane has waited; 0: none waits',
    labelNames: ['lane'],
    registers,
    async collect() {
      this.reset();
      for (const lane of await queue.lanes())
        this.set({ lane }, secondsSince(await queue.oldestWaitingAt(lane)));
    },
  });
  new Gauge({
    name: 'outdial_outcomes',
    help: 'Results and ended records that are not consumed, by their queue and state',
    labelNames: ['queue', 'state'],
    registers,
    async collect() {
      this.reset();
      for (const name of await outcomeQueues(access)) {
        const { waiting, active, delayed, failed } = await open(access, name, (outcomes) =>
          outcomes.counts(),
        );
        for (const [state, outcomes] of Object.entries({ waiting, active, delayed, failed }))
          this.set({ queue: name, state }, outcomes);
      }
    },
  });
  new Gauge({
    name: 'outdial_outcomes_oldest_seconds',
    help: 'How long the oldest result or ended record of a queue has waited for a consumer; 0: none waits',
    labelNames: ['queue'],
    registers,
    async collect() {
      this.reset();
      for (const name of await outcomeQueues(access))
        this.set({ queue: name }, secondsSince(await open(access, name, (outcomes) => outcomes.oldestAt())));
    },
  });
}

/** The queues of results that jobs named, and those of the ended records that belong to them. */
async function outcomeQueues(access: RedisAccess): Promise<string[]> {
  const named = await access.request('results queues', (client) =>
    client.zrange(resultsQueuesKey(access.prefix), '0', '-1'),
  );
  const names = named.filter((name) => resultsQueueSchema.safeParse(name).success);
  return [...new Set([RESULTS_QUEUE, ...names])].flatMap((name) => [name, endedQueueName(name)]);
}

async function open<T>(
  access: RedisAccess,
  name: string,
  work: (outcomes: OutcomeQueue) => Promise<T>,
): Promise<T> {
  return access.request('count outcomes', async (redis) => {
    const outcomes = new OutcomeQueue(name, { redis, prefix: access.prefix });
    try {
      return await work(outcomes);
    } finally {
      await outcomes.close();
    }
  });
}

function secondsSince(at: number | null): number {
  return at === null ? 0 : Math.max(0, (Date.now() - at) / 1000);
}
