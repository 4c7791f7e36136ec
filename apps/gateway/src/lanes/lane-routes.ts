import type { CallQueue } from '@outdial/client';
import { labelSchema, laneSchema } from '@outdial/contract';
import { z } from 'zod';
import { callerOf, checkAllLanes, checkLaneOf, isForLane } from '../http/authorize.js';
import type { App } from '../http/server.js';

const laneParams = z.object({ lane: laneSchema });

/** zod: a lane with its limits and its jobs. */
const laneStateSchema = z.object({
  lane: z.string(),
  /** Calls begun a second, over all workers; null: no limit. */
  callsPerSecond: z.number().nullable(),
  /** Calls at once, over all workers; null: no limit; 0: none begins. */
  concurrency: z.number().nullable(),
  isPaused: z.boolean(),
  /** Workers that take its jobs now. */
  workers: z.number().int(),
  waiting: z.number().int(),
  active: z.number().int(),
  /** To be tried again after a dial that failed before its INVITE. */
  delayed: z.number().int(),
  completed: z.number().int(),
  failed: z.number().int(),
});

export type LaneState = z.infer<typeof laneStateSchema>;

const limitsBody = z.strictObject({
  callsPerSecond: z.number().positive().max(1_000_000).nullable().optional(),
  concurrency: z.number().int().min(0).max(1_000_000).nullable().optional(),
});

/** zod: how far the calls of a label are. */
const labelCountsSchema = z.object({
  label: z.string(),
  /** Without a result, and not claimed by a worker. */
  waiting: z.number().int(),
  /** Calls that workers hold. */
  active: z.number().int(),
  /** With a result, by its state. */
  results: z.object({ ANSWERED: z.number().int(), IDLE: z.number().int(), ERROR: z.number().int() }),
});

export type LabelCounts = z.infer<typeof labelCountsSchema>;

const NOTES = { tag: 'Lanes', errors: ['QUEUE_UNAVAILABLE'] } as const;

/** Lanes with their limits, and the counts of labels. */
export function laneRoutes(app: App, queue: CallQueue): void {
  const read = async (lane: string) => {
    const [settings, counts, workers] = await Promise.all([
      queue.laneSettings(lane),
      queue.counts(lane),
      queue.workersOf(lane),
    ]);
    return { lane, ...settings, workers, ...counts };
  };

  app.get(
    '/v1/lanes',
    {
      schema: { response: { 200: z.object({ lanes: z.array(laneStateSchema) }) } },
      config: {
        notes: {
          ...NOTES,
          operation: 'listLanes',
          summary: 'Every lane, with limits and counts',
          scope: 'calls:read',
        },
      },
    },
    async (request) => {
      const names = (await queue.lanes()).filter((lane) => isForLane(callerOf(request), lane));
      return { lanes: await Promise.all(names.map(read)) };
    },
  );

  app.get(
    '/v1/lanes/:lane',
    {
      schema: { params: laneParams, response: { 200: laneStateSchema } },
      config: { notes: { ...NOTES, operation: 'readLane', summary: 'A lane', scope: 'calls:read' } },
    },
    async (request) => {
      checkLaneOf(request, request.params.lane);
      return read(request.params.lane);
    },
  );

  app.patch(
    '/v1/lanes/:lane',
    {
      schema: { params: laneParams, body: limitsBody, response: { 200: laneStateSchema } },
      config: {
        notes: {
          ...NOTES,
          operation: 'limitLane',
          summary: 'Change the limits of a lane',
          description:
            'They hold for all workers together, and from now on. What is absent stays as it is; null lifts a limit.',
          scope: 'admin',
          activity: 'admin',
        },
      },
    },
    async (request) => {
      const { lane } = request.params;
      request.target = lane;
      const { callsPerSecond, concurrency } = request.body;
      await queue.setLaneLimits(lane, {
        ...(callsPerSecond !== undefined && { callsPerSecond }),
        ...(concurrency !== undefined && { concurrency }),
      });
      return read(lane);
    },
  );

  const switches = {
    pause: { operation: 'pauseLane', summary: 'Begin no further call of a lane until it is resumed' },
    resume: { operation: 'resumeLane', summary: 'Undo a pause' },
  } as const;
  for (const [name, { operation, summary }] of Object.entries(switches)) {
    app.post(
      `/v1/lanes/:lane/${name}`,
      {
        schema: { params: laneParams, response: { 200: laneStateSchema } },
        config: { notes: { ...NOTES, operation, summary, scope: 'admin', activity: 'admin' } },
      },
      async (request) => {
        const { lane } = request.params;
        request.target = lane;
        await (name === 'pause' ? queue.pauseLane(lane) : queue.resumeLane(lane));
        return read(lane);
      },
    );
  }

  app.get(
    '/v1/labels/:label',
    {
      schema: { params: z.object({ label: labelSchema }), response: { 200: labelCountsSchema } },
      config: {
        notes: {
          ...NOTES,
          operation: 'readLabel',
          summary: 'How many calls of a label there are',
          scope: 'calls:read',
        },
      },
    },
    async (request) => {
      // A label is over all lanes.
      checkAllLanes(request);
      const { label } = request.params;
      return { label, ...(await queue.labelCounts(label)) };
    },
  );
}
