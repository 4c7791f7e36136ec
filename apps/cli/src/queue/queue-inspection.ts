import { endedQueueName } from '@outdial/contract';
import { Lanes, OutcomeQueue, RedisAccess, type RedisClient } from '@outdial/queue';

export type OutcomeKind = 'results' | 'ended';

/** Reads the queues without changing them. */
export class QueueInspection {
  readonly #lanes: Lanes;
  readonly #place: { redis: RedisClient; prefix: string };

  constructor(redis: RedisClient, prefix: string) {
    this.#lanes = new Lanes(new RedisAccess({ redis, prefix }));
    this.#place = { redis, prefix };
  }

  /** The number of workers that take jobs of a lane. */
  workersOf(lane: string): Promise<number> {
    return this.#lanes.workerCount(lane);
  }

  /** The data of up to `limit` jobs of a lane that wait for a worker. */
  peekWaiting(lane: string, limit: number): Promise<unknown[]> {
    return this.#lanes.peekWaiting(lane, limit);
  }

  /** The names of all known lanes. */
  lanes(): Promise<string[]> {
    return this.#lanes.names();
  }

  /** Opens the queue of the results, or of the ended records, of a results queue. Close it after use. */
  outcomes(kind: OutcomeKind, resultsQueue: string): OutcomeQueue {
    const name = kind === 'ended' ? endedQueueName(resultsQueue) : resultsQueue;
    return new OutcomeQueue(name, this.#place);
  }

  close(): Promise<void> {
    return this.#lanes.close();
  }
}
