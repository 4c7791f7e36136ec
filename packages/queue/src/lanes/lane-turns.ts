import { setTimeout as delay } from 'node:timers/promises';
import { laneQueueName, laneRateKey } from '@outdial/contract';
import { defineScripts, type RunScript, readScripts } from '../redis/lua-scripts.js';
import type { RedisClient } from '../redis/redis-client.js';

const SCRIPTS = readScripts(new URL('./lua/', import.meta.url), { files: { takeTurn: 'take-turn' } });

/** A caller that waits for longer asks again meanwhile: the limit may have been changed, or the lane paused. */
const ASK_AGAIN_MS = 250;

/** What came of waiting for a lane's turn. */
export type LaneTurn =
  /** The call may begin. `at` is when, in epoch milliseconds by Redis' clock. */
  | { kind: 'now'; at: number }
  /** It would have to wait for longer than the caller does: for `waitMs` milliseconds, or more behind others. */
  | { kind: 'later'; waitMs: number }
  /** The lane is paused, or its concurrency is 0. */
  | { kind: 'paused' }
  /** The signal aborted. */
  | { kind: 'aborted' };

export interface TurnOptions {
  /** The longest wait, in milliseconds, before the answer is `later`. */
  maxWaitMs: number;
  signal: AbortSignal;
}

/**
 * Keeps the rate limits of lanes, evenly over all workers. A turn is given when it is due and not before, so a changed limit
 * holds at once, and a caller that stops waiting leaves nothing behind.
 */
export class LaneTurns {
  readonly #redis: RedisClient;
  readonly #prefix: string;
  readonly #scripts = new Map<string, RunScript<'takeTurn'>>();
  /** By lane, the last caller of this process that waits. */
  readonly #waiting = new Map<string, Promise<unknown>>();

  /** The connection is shared; it is not closed here. */
  constructor(redis: RedisClient, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  /** Waits for the turn of one call, behind those of this process that wait already. Rejects when Redis does not answer. */
  async take(lane: string, options: TurnOptions): Promise<LaneTurn> {
    const isFirst = !this.#waiting.has(lane);
    if (isFirst) {
      const turn = await this.#ask(lane);
      if (turn.kind !== 'later') return turn;
    }
    const before = this.#waiting.get(lane) ?? Promise.resolve();
    const turn = before.then(() => this.#wait(lane, options));
    const done = turn.catch(() => undefined);
    this.#waiting.set(lane, done);
    try {
      return await turn;
    } finally {
      if (this.#waiting.get(lane) === done) this.#waiting.delete(lane);
    }
  }

  async #wait(lane: string, { maxWaitMs, signal }: TurnOptions): Promise<LaneTurn> {
    for (;;) {
      if (signal.aborted) return { kind: 'aborted' };
      const turn = await this.#ask(lane);
      if (turn.kind !== 'later' || turn.waitMs > maxWaitMs) return turn;
      // Timers have a resolution of 1 ms, and asking takes part of that.
      if (turn.waitMs < 1) continue;
      await delay(Math.min(turn.waitMs, ASK_AGAIN_MS), undefined, { signal }).catch(() => undefined);
    }
  }

  async #ask(lane: string): Promise<Exclude<LaneTurn, { kind: 'aborted' }>> {
    const [kind, value] = await this.#scriptsOf(lane)<['now' | 'later' | 'paused', string?]>('takeTurn');
    if (kind === 'now') return { kind, at: Number(value) };
    return kind === 'later' ? { kind, waitMs: Number(value) } : { kind };
  }

  #scriptsOf(lane: string): RunScript<'takeTurn'> {
    let run = this.#scripts.get(lane);
    if (run === undefined) {
      run = defineScripts(this.#redis, {
        namespace: 'outdial-lanes',
        scripts: SCRIPTS,
        keys: [laneRateKey(this.#prefix, lane), `${this.#prefix}:${laneQueueName(lane)}:meta`],
      });
      this.#scripts.set(lane, run);
    }
    return run;
  }
}
