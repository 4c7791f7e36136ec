import type { CallQueue } from '@outdial/client';
import { laneSchema } from '@outdial/contract';
import { z } from 'zod';
import { callerOf, checkLaneOf, isForLane } from '../http/authorize.js';
import type { App } from '../http/server.js';
import { type CallTotals, TOTALS_SECONDS } from './call-totals.js';
import type { Tally } from './tally.js';

const STEPS_MAX = 300;
const LABELS_MAX = 100;
/** The pace by which a lane's end is estimated. */
const PACE_SECONDS = 60;

const count = z.number().int();
const shareSchema = z.object({ name: z.string(), count });

/** zod: how calls go. */
export const nowSchema = z.object({
  /** Epoch milliseconds; the period is the time before it. */
  at: z.number(),
  periodSeconds: count,
  /** Seconds of each part of `series`. */
  stepSeconds: z.number(),
  /** How often each happened, part by part: calls begun, answers, results. */
  series: z.object({ begun: z.array(count), answers: z.array(count), results: z.array(count) }),
  /** Calls that are up, by their phase. */
  active: z.object({ calling: count, ringing: count, answered: count }),
  /** Of the results of the period: each stage is a part of the one before. */
  funnel: z.object({ dialled: count, rang: count, answered: count, person: count }),
  /** Of the results of the period, the most first. An answered call counts as ANSWERED. */
  causes: z.array(shareSchema),
  farEndTypes: z.array(shareSchema),
  kinds: z.array(shareSchema),
  /** Labels that events of the last hour had, the latest first, up to a hundred; none for a key that is confined to lanes. */
  labels: z.array(z.string()),
  lanes: z.array(
    z.object({
      lane: z.string(),
      waiting: count,
      active: count,
      delayed: count,
      isPaused: z.boolean(),
      callsPerSecond: z.number().nullable(),
      concurrency: z.number().nullable(),
      /** Over the last minute. */
      resultsPerSecond: z.number(),
      /** Until all that waits has its result, at that pace; null: it cannot be said. */
      etaSeconds: z.number().nullable(),
    }),
  ),
});
export type Now = z.infer<typeof nowSchema>;

/** `GET /v1/now`: how calls go, for whoever watches. */
export function nowRoutes(app: App, { queue, totals }: { queue: CallQueue; totals: CallTotals }): void {
  const laneNow = async (lane: string, tally: Tally, until: number) => {
    const [{ waiting, active, delayed }, settings] = await Promise.all([
      queue.counts(lane),
      queue.laneSettings(lane),
    ]);
    const pace = tally.totals({ until, seconds: PACE_SECONDS, isWanted: (name) => name === lane });
    const resultsPerSecond = (pace.get('result') ?? 0) / PACE_SECONDS;
    const left = waiting + active + delayed;
    const canTell = left === 0 || (resultsPerSecond > 0 && !settings.isPaused);
    const etaSeconds = canTell ? (left === 0 ? 0 : left / resultsPerSecond) : null;
    return { lane, waiting, active, delayed, ...settings, resultsPerSecond, etaSeconds };
  };

  app.get(
    '/v1/now',
    {
      schema: {
        querystring: z.strictObject({
          seconds: z.coerce.number().int().min(10).max(TOTALS_SECONDS).default(300),
          /** Of one lane alone. */
          lane: laneSchema.optional(),
        }),
        response: { 200: nowSchema },
      },
      config: {
        notes: {
          operation: 'readNow',
          summary: 'How calls go: pace, what is up, causes, verdicts, and when lanes will be done',
          description:
            'Counted from the events that are kept, of the last hour at most, while somebody asks at least every five minutes; the first answer may not have all of them yet.',
          tag: 'Operation',
          scope: 'calls:read',
        },
      },
    },
    async (request) => {
      const { seconds, lane } = request.query;
      if (lane !== undefined) checkLaneOf(request, lane);
      const caller = callerOf(request);
      const isWanted = (name: string) => isForLane(caller, name) && (lane === undefined || name === lane);
      const tally = totals.look();
      const at = Date.now();
      const period = { until: at, seconds, isWanted };
      const steps = Math.min(seconds, STEPS_MAX);
      const counts = tally.totals(period);
      const of = (name: string) => counts.get(name) ?? 0;
      const names = (await queue.lanes()).filter(isWanted).toSorted();
      return {
        at,
        periodSeconds: seconds,
        stepSeconds: seconds / steps,
        series: {
          begun: tally.series('begun', period, steps),
          answers: tally.series('answer', period, steps),
          results: tally.series('result', period, steps),
        },
        active: totals.active.counts(isWanted),
        funnel: { dialled: of('dialled'), rang: of('rang'), answered: of('answered'), person: of('person') },
        causes: shares(counts, 'cause:'),
        farEndTypes: shares(counts, 'farEnd:'),
        kinds: shares(counts, 'kind:'),
        labels: caller.lanes === null ? tally.labels().slice(0, LABELS_MAX) : [],
        lanes: await Promise.all(names.map((name) => laneNow(name, tally, at))),
      };
    },
  );
}

function shares(counts: ReadonlyMap<string, number>, prefix: string): Array<{ name: string; count: number }> {
  return [...counts]
    .flatMap(([name, many]) =>
      name.startsWith(prefix) ? [{ name: name.slice(prefix.length), count: many }] : [],
    )
    .toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}
