import type { IsHeldBy } from '@outdial/testkit';
import type { WorkerConfigurationInput } from '@outdial/worker';
import { afterAll, beforeAll } from 'vitest';
import { FaultLinks, openServerProxies } from './fault-links.js';
import { Stack } from './stack.js';
import { WorkerProcess } from './worker-process.js';

/** A worker process whose connections run through links of its own. */
export interface ProxiedWorker {
  readonly process: WorkerProcess;
  readonly links: FaultLinks;
}

type Overrides = Omit<Partial<WorkerConfigurationInput>, 'telephony'> & {
  telephony?: Partial<WorkerConfigurationInput['telephony']>;
};

/**
 * Registers the hooks of a test file: a stack, and no worker on it but a taker, where it is asked for. That
 * one takes over what others leave, and none of their jobs.
 */
export function useProxiedWorkers({ withTaker }: { withTaker: boolean }): {
  readonly stack: Stack;
  readonly workers: ProxiedWorkers;
} {
  let stack: Stack;
  let workers: ProxiedWorkers;
  beforeAll(async () => {
    stack = await Stack.start({ withWorker: false });
    workers = await ProxiedWorkers.open(stack);
    if (withTaker) await workers.start({ lanes: { elsewhere: { concurrency: 10 } } });
  });
  afterAll(async () => {
    await workers.close();
    await stack.close();
  });
  return {
    get stack() {
      return stack;
    },
    get workers() {
      return workers;
    },
  };
}

/** Workers of one stack, each to be killed, frozen, stopped or cut off by itself. */
export class ProxiedWorkers {
  readonly #stack: Stack;
  readonly #workers: ProxiedWorker[] = [];
  #proxies!: Awaited<ReturnType<typeof openServerProxies>>;

  private constructor(stack: Stack) {
    this.#stack = stack;
  }

  static async open(stack: Stack): Promise<ProxiedWorkers> {
    const workers = new ProxiedWorkers(stack);
    workers.#proxies = await openServerProxies(stack.servers, (isHeldBy) => workers.#linksOf(isHeldBy));
    return workers;
  }

  /** Starts a worker, and waits until it has started; `disturb` is done to its links before. */
  async start(
    { telephony, ...rest }: Overrides,
    disturb: (links: FaultLinks) => void = () => undefined,
  ): Promise<ProxiedWorker> {
    const links = await FaultLinks.open({ host: '127.0.0.1', port: this.#stack.redis.port });
    disturb(links);
    const { drachtio, freeswitch } = this.#proxies;
    const configuration = this.#stack.configuration({
      ...rest,
      redis: { url: links.redisUrl },
      telephony: {
        drachtio: [drachtio],
        media: 'freeswitch',
        freeswitch: [{ ...freeswitch, ...(await links.openReturnProxy()) }],
        ...telephony,
      },
    });
    const worker = { process: WorkerProcess.launch(configuration), links };
    this.#workers.push(worker);
    await worker.process.logged('"worker started"');
    return worker;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map(({ process }) => process.end('SIGKILL')));
    await Promise.all(this.#workers.map(({ links }) => links.close()));
    await this.#proxies.close();
  }

  #linksOf(isHeldBy: IsHeldBy): FaultLinks | null {
    return this.#workers.find(({ process }) => process.holds(isHeldBy))?.links ?? null;
  }
}
