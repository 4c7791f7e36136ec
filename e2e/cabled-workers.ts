import type { IsHeldBy } from '@outdial/testkit';
import type { WorkerConfigurationInput } from '@outdial/worker';
import { afterAll, beforeAll } from 'vitest';
import { Stack } from './stack.js';
import { layToSwitch, Wires } from './wires.js';
import { WorkerProcess } from './worker-process.js';

/** A worker process whose connections run through wires of its own. */
export interface CabledWorker {
  readonly process: WorkerProcess;
  readonly wires: Wires;
}

type Overrides = Omit<Partial<WorkerConfigurationInput>, 'telephony'> & {
  telephony?: Partial<WorkerConfigurationInput['telephony']>;
};

/**
 * Registers the hooks of a test file: a stack, and no worker on it but a taker, where it is asked for. That one takes over
 * what others leave, and none of their jobs.
 */
export function useCabledWorkers({ withTaker }: { withTaker: boolean }): {
  readonly stack: Stack;
  readonly workers: CabledWorkers;
} {
  let stack: Stack;
  let workers: CabledWorkers;
  beforeAll(async () => {
    stack = await Stack.start({ withWorker: false });
    workers = await CabledWorkers.lay(stack);
    if (withTaker) await workers.start({ lanes: { elsewhere: { concurrency: 10 } } });
  });
  afterAll(async () => {
    await workers.end();
    await stack.stop();
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
export class CabledWorkers {
  readonly #stack: Stack;
  readonly #workers: CabledWorker[] = [];
  #cables!: Awaited<ReturnType<typeof layToSwitch>>;

  private constructor(stack: Stack) {
    this.#stack = stack;
  }

  static async lay(stack: Stack): Promise<CabledWorkers> {
    const workers = new CabledWorkers(stack);
    workers.#cables = await layToSwitch(stack.engines, (isHeldBy) => workers.#wiresOf(isHeldBy));
    return workers;
  }

  /** Starts a worker, and waits until it has started; `befall` is done to its wires before. */
  async start(
    { telephony, ...rest }: Overrides,
    befall: (wires: Wires) => void = () => undefined,
  ): Promise<CabledWorker> {
    const wires = await Wires.lay({ host: '127.0.0.1', port: this.#stack.redis.port });
    befall(wires);
    const { drachtio, freeswitch } = this.#cables;
    const configuration = this.#stack.configuration({
      ...rest,
      redis: { url: wires.redisUrl },
      telephony: {
        drachtio: [drachtio],
        freeswitch: [{ ...freeswitch, ...(await wires.layBack()) }],
        ...telephony,
      },
    });
    const worker = { process: WorkerProcess.launch(configuration), wires };
    this.#workers.push(worker);
    await worker.process.logged('"worker started"');
    return worker;
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map(({ process }) => process.end('SIGKILL')));
    await Promise.all(this.#workers.map(({ wires }) => wires.remove()));
    await this.#cables.remove();
  }

  #wiresOf(isHeldBy: IsHeldBy): Wires | null {
    return this.#workers.find(({ process }) => process.holds(isHeldBy))?.wires ?? null;
  }
}
