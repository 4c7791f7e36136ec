import { gatewayKeys } from '@outdial/contract';
import type { RedisAccess } from '@outdial/queue';
import { z } from 'zod';
import { EVENT_TYPES } from '../../events/event-filter.js';
import type { Message } from '../messages/message.js';

export const DELIVERY_OUTCOMES = ['delivered', 'failed', 'abandoned'] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** zod: one attempt to deliver a message. */
export const deliverySchema = z.object({
  /** Its place in the log. */
  id: z.string(),
  /** Epoch milliseconds. */
  at: z.number().int(),
  /** The message, as `webhook-id` names it. */
  message: z.string(),
  type: z.enum(EVENT_TYPES),
  /** The job that it tells of; empty for `webhookPaused`. */
  jobId: z.string(),
  /** Which attempt for this message it was; the first is 1. */
  attempt: z.number().int(),
  /** `failed`: it is tried again. `abandoned`: it is not. */
  outcome: z.enum(DELIVERY_OUTCOMES),
  /** The HTTP status; null: there was no answer. */
  status: z.number().int().nullable(),
  error: z.string().nullable(),
  tookMs: z.number(),
});
export type LoggedDelivery = z.infer<typeof deliverySchema>;

/** The fields of the log's entry. The message itself stays with the attempt that was its last, to be delivered again. */
export function logFields(delivery: Omit<LoggedDelivery, 'id' | 'at'>, message: Message): string[] {
  const isLast = delivery.outcome !== 'failed';
  const { message: _, ...told } = delivery;
  return [
    'told',
    JSON.stringify({ message: message.id, ...told }),
    ...(isLast ? ['text', JSON.stringify(message)] : []),
  ];
}

/** What was tried to deliver to the webhooks, in Redis. */
export class DeliveryLog {
  readonly #access: RedisAccess;
  readonly #keyOf: (webhookId: string) => string;

  constructor(access: RedisAccess) {
    this.#access = access;
    this.#keyOf = gatewayKeys(access.prefix).webhookLog;
  }

  /** The newest first; `before`: only those before this entry. */
  async page(
    webhookId: string,
    { limit, before }: { limit: number; before?: string | undefined },
  ): Promise<LoggedDelivery[]> {
    const entries = await this.#access.request('read deliveries', (client) =>
      client.xrevrange(
        this.#keyOf(webhookId),
        before === undefined ? '+' : `(${before}`,
        '-',
        'COUNT',
        limit,
      ),
    );
    return entries.map(([id, fields]) => toDelivery(id, fields).delivery);
  }

  /** One attempt, with its message where it was the last for it; null: it is not in the log. */
  async get(
    webhookId: string,
    id: string,
  ): Promise<{ delivery: LoggedDelivery; message: Message | null } | null> {
    const [entry] = await this.#access.request('read a delivery', (client) =>
      client.xrange(this.#keyOf(webhookId), id, id),
    );
    return entry === undefined ? null : toDelivery(entry[0], entry[1]);
  }
}

function toDelivery(id: string, fields: readonly string[]) {
  const field = (name: string) => fields[fields.indexOf(name) + 1] ?? '';
  const delivery = { id, at: Number(id.split('-')[0]), ...JSON.parse(field('told')) } as LoggedDelivery;
  const message = delivery.outcome === 'failed' ? null : (JSON.parse(field('text')) as Message);
  return { delivery, message };
}
