import { CallEvents, CallQueue } from '@outdial/client';
import type { CallEvent, CallJobInput, CallResult } from '@outdial/contract';
import { type Script, startCallees } from '@outdial/lab';
import { type Servers, startRedis, startServers } from '@outdial/testkit';
import {
  type OutdialWorker,
  parseWorkerConfiguration,
  startWorker,
  type WorkerConfigurationInput,
} from '@outdial/worker';
import { Inbox } from './inbox.js';

type Redis = Awaited<ReturnType<typeof startRedis>>;
type Callees = Awaited<ReturnType<typeof startCallees>>;

/**
 * Everything between a campaign app and its callees: a real Redis, telephony servers, callees and a worker.
 */
export class Stack {
  readonly redis: Redis;
  readonly servers: Servers;
  readonly callees: Callees;
  readonly queue: CallQueue;
  readonly events: CallEvents;
  readonly inbox: Inbox;
  readonly #workers: OutdialWorker[] = [];

  private constructor(redis: Redis, servers: Servers, callees: Callees, inbox: Inbox) {
    this.redis = redis;
    this.servers = servers;
    this.callees = callees;
    this.inbox = inbox;
    this.queue = new CallQueue({ redis: redis.url });
    this.events = new CallEvents({ redis: redis.url });
  }

  /** Media are FreeSWITCH's, or with OUTDIAL_TEST_MEDIA=worker the worker's own. The servers are the lab's, or those that OUTDIAL_TEST_DRACHTIO and OUTDIAL_TEST_FREESWITCH name. */
  static async start({
    withWorker = true,
    redisArgs = [],
    recordingsDir,
    scripts,
    lab = {},
  }: {
    withWorker?: boolean;
    redisArgs?: readonly string[];
    /** Where the callee `plays` finds its recordings. */
    recordingsDir?: string;
    /** Callees of a test's own. */
    scripts?: Readonly<Record<string, Script>>;
    /** Of the lab's servers, where it is they that are tested against. */
    lab?: Parameters<typeof startServers>[0];
  } = {}): Promise<Stack> {
    const [redis, servers, callees] = await Promise.all([
      startRedis({ appendOnly: true, args: redisArgs }),
      startServers(lab),
      startCallees({ recordingsDir, scripts }),
    ]);
    const stack = new Stack(redis, servers, callees, await Inbox.open(redis.url));
    if (withWorker) await stack.startWorker();
    return stack;
  }

  /** A worker's configuration for this stack, as a file would hold it. */
  configuration(overrides: Partial<WorkerConfigurationInput> = {}): WorkerConfigurationInput {
    const { telephony, ...rest } = overrides;
    const media = process.env.OUTDIAL_TEST_MEDIA as 'worker' | undefined;
    return {
      redis: { url: this.redis.url },
      health: { port: 0 },
      logLevel: (process.env.OUTDIAL_TEST_LOG as 'info' | undefined) ?? 'error',
      lanes: { default: { concurrency: 300 } },
      drainSeconds: 0,
      ...rest,
      telephony: {
        drachtio: [this.servers.drachtio],
        // With the worker's own media no FreeSWITCH is used; its files may be anywhere, as FreeSWITCH's may.
        ...(media === 'worker'
          ? { media, sounds: { directory: '/' } }
          : { media: 'freeswitch', freeswitch: [this.servers.freeswitch] }),
        routes: [{ host: 'lab', address: this.callees.sipAddress }],
        allowedSipHosts: ['127.0.0.1'],
        ...telephony,
      },
    };
  }

  async startWorker(overrides: Partial<WorkerConfigurationInput> = {}): Promise<OutdialWorker> {
    const worker = await this.startWorkerUnready(overrides);
    await untilReady(worker.healthPort);
    return worker;
  }

  /** Starts a worker without waiting for its servers, which may be down. */
  async startWorkerUnready(overrides: Partial<WorkerConfigurationInput> = {}): Promise<OutdialWorker> {
    const worker = await startWorker(parseWorkerConfiguration(this.configuration(overrides)));
    this.#workers.push(worker);
    return worker;
  }

  /** Queues one job and waits for its result. */
  async call(job: CallJobInput): Promise<CallResult> {
    const { id } = await this.queue.add(job);
    return this.inbox.of(id);
  }

  /** The first event of its type that a job has, from the start of the stream. */
  async event<Type extends CallEvent['type']>(
    jobId: string,
    type: Type,
  ): Promise<Extract<CallEvent, { type: Type }>> {
    for await (const { event } of this.events.follow({ from: '0', jobId })) {
      if (event.type === type) return event as Extract<CallEvent, { type: Type }>;
    }
    throw new Error('the stream of events ended');
  }

  /** Everything that is told of a job, until it has ended. */
  async eventsOf(jobId: string): Promise<CallEvent[]> {
    const events: CallEvent[] = [];
    for await (const { event } of this.events.follow({ from: '0', jobId })) {
      events.push(event);
      if (event.type === 'ended') return events;
    }
    throw new Error('the stream of events ended');
  }

  async close(): Promise<void> {
    // Callees that never responded are gone for good now, which ends the worker's wait for them.
    await Promise.all([this.callees.close(), ...this.#workers.map((worker) => worker.drain())]);
    await Promise.all([this.inbox.close(), this.queue.close(), this.events.close()]);
    await this.servers.close();
    await this.redis.close();
  }
}

/** Asks the health endpoint until it says ready. */
export async function untilReady(healthPort: number): Promise<void> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${healthPort}/readyz`);
    await response.arrayBuffer();
    if (response.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
