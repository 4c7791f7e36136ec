import { DEFAULTS, endedQueueName, laneQueueName, lanesKey } from '@outdial/contract';
import type { OutcomeKind } from '@outdial/ledger';
import type { RedisAccess } from '@outdial/queue';
import { type QueueLists, QueueView } from './read/queue-view.js';
import { readResultsQueues } from './read/results-queues.js';
import { Retention, timeOf } from './read/retention.js';
import { unlessWrongType } from './read/snapshot.js';

/** What a pass over the subjects works with. The second pass reads it again. */
export class AuditContext {
  readonly access: RedisAccess;
  readonly prefix: string;
  readonly retention: Retention;
  /** Every known lane, including the default one. */
  readonly lanes: readonly string[];
  /** Every results queue that is known, the default one first. */
  readonly resultsQueues: readonly string[];
  /** Epoch milliseconds, by Redis' clock. */
  readonly readAt: number;
  readonly #lane: string | null;
  readonly #queues = new Map<string, QueueView>();
  readonly #lists = new Map<QueueView, Promise<QueueLists>>();

  private constructor(
    place: { access: RedisAccess; lane: string | null },
    known: Pick<AuditContext, 'retention' | 'lanes' | 'resultsQueues' | 'readAt'>,
  ) {
    this.access = place.access;
    this.prefix = place.access.prefix;
    this.#lane = place.lane;
    this.retention = known.retention;
    this.lanes = known.lanes;
    this.resultsQueues = known.resultsQueues;
    this.readAt = known.readAt;
  }

  /** `lane`: only the jobs of this lane; null: of all lanes. */
  static async read(place: { access: RedisAccess; lane: string | null }): Promise<AuditContext> {
    const { access } = place;
    const time = await access.request('audit', (client) => client.time());
    const retention = await Retention.read(access);
    const lanes = await access.request('audit', (client) =>
      unlessWrongType(client.smembers(lanesKey(access.prefix)), []),
    );
    const context = new AuditContext(place, {
      retention,
      lanes: [...new Set([DEFAULTS.lane, ...lanes])].sort(),
      resultsQueues: await readResultsQueues(access),
      readAt: timeOf(time.map(String)),
    });
    // The lists are read before anything else: what is neither in a list now nor anywhere else later is in none at all.
    for (const queue of [
      ...context.auditedLanes.map((name) => context.lane(name)),
      ...context.resultsQueues.flatMap((name) => OUTCOME_KINDS.map((kind) => context.outcomes(kind, name))),
    ])
      await context.lists(queue);
    return context;
  }

  get isOfOneLane(): boolean {
    return this.#lane !== null;
  }

  get auditedLanes(): string[] {
    return this.lanes.filter((lane) => this.isAudited(lane));
  }

  /** Whether jobs of this lane are audited; null: jobs whose lane is unknown. */
  isAudited(lane: string | null): boolean {
    return this.#lane === null || lane === null || lane === this.#lane;
  }

  lane(name: string): QueueView {
    return this.#queue(laneQueueName(name));
  }

  outcomes(kind: OutcomeKind, resultsQueue: string): QueueView {
    return this.#queue(kind === 'result' ? resultsQueue : endedQueueName(resultsQueue));
  }

  /** The queue's lists, as they were at the first call. */
  lists(queue: QueueView): Promise<QueueLists> {
    const lists = this.#lists.get(queue) ?? queue.readLists(this.access, this.readAt);
    this.#lists.set(queue, lists);
    return lists;
  }

  #queue(name: string): QueueView {
    const queue = this.#queues.get(name) ?? new QueueView(this.prefix, name);
    this.#queues.set(name, queue);
    return queue;
  }
}

const OUTCOME_KINDS = ['result', 'ended'] as const;
