import {
  callResultSchema,
  DEFAULTS,
  describeIssues,
  endedQueueName,
  endedRecordSchema,
  resultsQueueSchema,
  toFieldIssues,
} from '@outdial/contract';
import { OutcomeLeases, type RedisAccess } from '@outdial/queue';
import { z } from 'zod';
import { checkAllLanes } from '../http/authorize.js';
import type { App } from '../http/server.js';

const leaseBody = z
  .strictObject({
    /** The results queue that the jobs name. */
    queue: resultsQueueSchema.default(DEFAULTS.resultsQueue),
    /** At most so many. */
    max: z.number().int().min(1).max(500).default(50),
    /** Seconds after which what was not acknowledged goes to another consumer. */
    leaseSeconds: z.number().int().min(1).max(3600).default(60),
  })
  .prefault({});

const settleBody = z.strictObject({
  queue: resultsQueueSchema.default(DEFAULTS.resultsQueue),
  leases: z.array(z.string().min(1).max(300)).min(1).max(500),
});

const settledSchema = z.object({
  /** Leases that held. */
  done: z.array(z.string()),
  /** Leases that had run out, or were settled before: another consumer may have these. */
  lost: z.array(z.string()),
});

const KINDS = {
  results: { record: callResultSchema, queueOf: (name: string) => name, one: 'Result', many: 'results' },
  'ended-records': {
    record: endedRecordSchema,
    queueOf: endedQueueName,
    one: 'EndedRecord',
    many: 'ended records',
  },
} as const;

/** Results and ended records for consumers that ask for them: lent, and acknowledged. Returns how to close what it opened. */
export function outcomeRoutes(app: App, access: RedisAccess): () => Promise<void> {
  const open = new Map<string, OutcomeLeases>();
  const leasesOf = (queueName: string): OutcomeLeases => {
    const leases = open.get(queueName) ?? new OutcomeLeases(access, queueName);
    open.set(queueName, leases);
    return leases;
  };
  for (const [path, { record, queueOf, one, many }] of Object.entries(KINDS)) {
    const NOTES = {
      tag: 'Results',
      errors: ['QUEUE_UNAVAILABLE'],
      scope: 'calls:read',
      activity: 'calls',
    } as const;
    app.post(
      `/v1/${path}/lease`,
      {
        schema: {
          body: leaseBody,
          response: { 200: z.object({ leases: z.array(z.object({ lease: z.string(), record })) }) },
        },
        config: {
          notes: {
            ...NOTES,
            operation: `lease${one}s`,
            summary: `Take ${many}, to be acknowledged`,
            description: `Each goes to one consumer, and to another when it was not acknowledged within leaseSeconds; identify it by its \`jobId\`. For keys of all lanes: a queue has the ${many} of any lane.`,
          },
        },
      },
      async (request) => {
        checkAllLanes(request);
        const { queue, max, leaseSeconds } = request.body;
        request.target = queue;
        const leases = await leasesOf(queueOf(queue)).take({ max, leaseMs: leaseSeconds * 1000 }, (data) => {
          const parsed = record.safeParse(data);
          return parsed.success
            ? null
            : `breaks the contract: ${describeIssues(toFieldIssues(parsed.error, data))}`;
        });
        return { leases: leases.map(({ id, data }) => ({ lease: id, record: data as never })) };
      },
    );
    const settlements = {
      acknowledge: {
        summary: `Say that ${many} are consumed`,
        settle: (leases: OutcomeLeases, id: string) => leases.acknowledge(id),
      },
      release: {
        summary: `Give ${many} back, for any consumer to take at once`,
        settle: (leases: OutcomeLeases, id: string) => leases.giveBack(id),
      },
    };
    for (const [name, { summary, settle }] of Object.entries(settlements)) {
      app.post(
        `/v1/${path}/${name}`,
        {
          schema: { body: settleBody, response: { 200: settledSchema } },
          config: { notes: { ...NOTES, operation: `${name}${one}s`, summary } },
        },
        async (request) => {
          checkAllLanes(request);
          const leases = leasesOf(queueOf(request.body.queue));
          request.target = request.body.queue;
          const done: string[] = [];
          const lost: string[] = [];
          for (const id of request.body.leases) ((await settle(leases, id)) ? done : lost).push(id);
          return { done, lost };
        },
      );
    }
  }
  return async () => {
    await Promise.all([...open.values()].map((leases) => leases.close()));
  };
}
