import { gatewayKeys } from '@outdial/contract';
import type { RedisAccess } from '@outdial/queue';
import { z } from 'zod';

/** The two lists, each with a length of its own, so that many calls do not push out who changed a lane. */
export const ACTIVITY_LISTS = ['calls', 'admin'] as const;
export type ActivityList = (typeof ACTIVITY_LISTS)[number];

/** zod: one thing that was done. */
export const activitySchema = z.object({
  /** Its place in the list, from which the list goes on. */
  id: z.string(),
  /** Epoch milliseconds. */
  at: z.number().int(),
  /** The API key's id, or `cli:` and the user of a command. */
  by: z.string(),
  /** The key's name. */
  name: z.string(),
  /** The address that the request came from; empty for a command. */
  address: z.string(),
  /** The operation, as the API's description names it: `placeCall`, `pauseLane`. */
  operation: z.string(),
  /** What it was done to: a job, a lane, a key; empty where the operation says it all. */
  target: z.string(),
  /** The HTTP status of the answer; 0 for a command. */
  status: z.number().int(),
});
export type Activity = z.infer<typeof activitySchema>;

/** Who did what, in Redis. */
export class ActivityLog {
  readonly #access: RedisAccess;
  readonly #max: number;
  readonly #keys: Record<ActivityList, string>;

  /** The access is shared. `max`: entries that each list keeps, roughly. */
  constructor(access: RedisAccess, { max = 100_000 }: { max?: number } = {}) {
    this.#access = access;
    this.#max = max;
    const { callActivity, adminActivity } = gatewayKeys(access.prefix);
    this.#keys = { calls: callActivity, admin: adminActivity };
  }

  async add(list: ActivityList, activity: Omit<Activity, 'id' | 'at'>): Promise<void> {
    const { by, name, address, operation, target, status } = activity;
    const fields = { by, name, address, operation, target, status: String(status) };
    await this.#access.request('note the activity', (client) =>
      client.xadd(this.#keys[list], 'MAXLEN', '~', this.#max, '*', ...Object.entries(fields).flat()),
    );
  }

  /** The newest first; `before`: only those before this entry. */
  async page(
    list: ActivityList,
    { limit, before }: { limit: number; before?: string | undefined },
  ): Promise<Activity[]> {
    const entries = await this.#access.request('read the activity', (client) =>
      client.xrevrange(this.#keys[list], before === undefined ? '+' : `(${before}`, '-', 'COUNT', limit),
    );
    return entries.map(([id, flat]) => {
      const fields = new Map<string, string>();
      for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] as string, flat[i + 1] as string);
      const field = (name: string) => fields.get(name) ?? '';
      return {
        id,
        at: Number(id.split('-')[0]),
        by: field('by'),
        name: field('name'),
        address: field('address'),
        operation: field('operation'),
        target: field('target'),
        status: Number(field('status')),
      };
    });
  }
}
