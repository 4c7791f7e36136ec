import { DEFAULTS, ENDED_QUEUE, laneQueueName, RESULTS_QUEUE } from '@outdial/contract';
import type { OutcomeKind } from '@outdial/ledger';
import { lanesKey } from '../lanes.js';
import type { RedisAccess } from '../redis-access.js';
import { type QueueLists, QueueView } from './queue-view.js';
import { Retention, timeOf } from './retention.js';
import { unlessWrongType } from './snapshot.js';

/** What every look needs; set anew for the second one. */
export class Scene {
  readonly access: RedisAccess;
  readonly prefix: string;
  readonly retention: Retention;
  /** Every lane that is known, the default one among them. */
  readonly lanes: readonly string[];
  /** Epoch milliseconds, by Redis' clock. */
  readonly setAt: number;
  readonly #lane: string | null;
  readonly #queues = new Map<string, QueueView>();
  readonly #lists = new Map<QueueView, Promise<QueueLists>>();

  private constructor(
    place: { access: RedisAccess; lane: string | null },
    known: { retention: Retention; lanes: readonly string[]; setAt: number },
  ) {
    this.access = place.access;
    this.prefix = place.access.prefix;
    this.#lane = place.lane;
    this.retention = known.retention;
    this.lanes = known.lanes;
    this.setAt = known.setAt;
  }

  /** `lane`: the jobs of this one alone; null: of all. */
  static async set(place: { access: RedisAccess; lane: string | null }): Promise<Scene> {
    const { access } = place;
    const time = await access.request('audit', (client) => client.time());
    const retention = await Retention.read(access);
    const lanes = await access.request('audit', (client) =>
      unlessWrongType(client.smembers(lanesKey(access.prefix)), []),
    );
    const scene = new Scene(place, {
      retention,
      lanes: [...new Set([DEFAULTS.lane, ...lanes])].sort(),
      setAt: timeOf(time.map(String)),
    });
    // Before anything else is looked at: what is in no list now, and nowhere else later, is in none at all.
    for (const queue of [
      ...scene.auditedLanes.map((name) => scene.lane(name)),
      ...OUTCOME_KINDS.map((kind) => scene.outcomes(kind)),
    ])
      await scene.lists(queue);
    return scene;
  }

  get isOfOneLane(): boolean {
    return this.#lane !== null;
  }

  get auditedLanes(): string[] {
    return this.lanes.filter((lane) => this.isAudited(lane));
  }

  /** Whether jobs of this lane are looked at; null: those of which nothing tells their lane. */
  isAudited(lane: string | null): boolean {
    return this.#lane === null || lane === null || lane === this.#lane;
  }

  lane(name: string): QueueView {
    return this.#queue(laneQueueName(name));
  }

  outcomes(kind: OutcomeKind): QueueView {
    return this.#queue(kind === 'result' ? RESULTS_QUEUE : ENDED_QUEUE);
  }

  /** The queue's lists as they were when they were first asked for. */
  lists(queue: QueueView): Promise<QueueLists> {
    const lists = this.#lists.get(queue) ?? queue.readLists(this.access, this.setAt);
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
