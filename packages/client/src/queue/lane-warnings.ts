import type { Lanes } from '@outdial/queue';

/** How long an answer is good for, in milliseconds: asking Redis for its clients is expensive. */
const TAKEN_MS = 5000;
const NOT_TAKEN_MS = 500;

/** Warns of lanes that no worker takes. Workers may start later, so that is no error. */
export class LaneWarnings {
  readonly #lanes: Lanes;
  readonly #known = new Map<string, { until: number; warnings: readonly string[] }>();

  constructor(lanes: Lanes) {
    this.#lanes = lanes;
  }

  /** What should be known about a lane by whoever adds jobs to it. */
  async of(lane: string): Promise<readonly string[]> {
    const known = this.#known.get(lane);
    if (known !== undefined && known.until > Date.now()) return known.warnings;
    const isTaken = (await this.#lanes.workerCount(lane)) > 0;
    const warnings = isTaken ? [] : [`no worker takes lane "${lane}" now: its jobs wait until one does`];
    this.#known.set(lane, { until: Date.now() + (isTaken ? TAKEN_MS : NOT_TAKEN_MS), warnings });
    return warnings;
  }
}
