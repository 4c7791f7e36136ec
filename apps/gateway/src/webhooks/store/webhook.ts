import { randomBytes } from 'node:crypto';
import { labelSchema, laneSchema, PAUSE_REASONS } from '@outdial/contract';
import { z } from 'zod';
import { EVENT_TYPES } from '../../events/event-filter.js';

/** What webhooks may be told of. */
export type MessageType = (typeof EVENT_TYPES)[number];

const urlSchema = z
  .string()
  .max(2000)
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'is an https:// URL')
  .refine((text) => {
    if (!URL.canParse(text)) return true;
    const { username, password, hash } = new URL(text);
    return username === '' && password === '' && hash === '';
  }, 'has neither a user, nor a password, nor a fragment');

const typesSchema = z.array(z.enum(EVENT_TYPES)).min(1).max(EVENT_TYPES.length);

/** zod: what a new webhook is to be. */
export const newWebhookSchema = z.strictObject({
  url: urlSchema,
  /** What its users call it. */
  name: z.string().trim().max(100).default(''),
  /** Types of events that it gets; null: all events of calls. */
  types: typesSchema.nullable().default(null),
  /** Only events of jobs of this lane, and of this label. */
  lane: laneSchema.nullable().default(null),
  label: labelSchema.nullable().default(null),
});
export type NewWebhook = z.output<typeof newWebhookSchema>;

/** zod: what of a webhook is to change. */
export const webhookChangesSchema = z.strictObject({
  url: urlSchema.optional(),
  name: z.string().trim().max(100).optional(),
  types: typesSchema.nullable().optional(),
  lane: laneSchema.nullable().optional(),
  label: labelSchema.nullable().optional(),
});
export type WebhookChanges = z.output<typeof webhookChangesSchema>;

/** zod: a webhook as it is answered, without its secret. */
export const webhookSchema = z.object({
  id: z.string(),
  url: z.string(),
  name: z.string(),
  types: z.array(z.enum(EVENT_TYPES)).nullable(),
  lane: z.string().nullable(),
  label: z.string().nullable(),
  /** Epoch milliseconds. */
  createdAt: z.number().int(),
  /** Null: it gets its messages. */
  paused: z.object({ because: z.enum(PAUSE_REASONS), at: z.number().int() }).nullable(),
  /** Until when messages are signed by the secret before the present one too (epoch milliseconds); null: they are not. */
  formerSecretUntil: z.number().int().nullable(),
});

/** zod: how a webhook does. */
export const webhookStateSchema = z.object({
  /** Messages that it is to get. */
  pending: z.number().int(),
  /** Messages that it will not get, because too many were pending. */
  dropped: z.number().int(),
  /** Since when nothing could be delivered (epoch milliseconds); null: the latest attempt succeeded. */
  failingSince: z.number().nullable(),
  /** What failed last. */
  lastError: z.string().nullable(),
  lastDeliveredAt: z.number().nullable(),
});
export type WebhookState = z.infer<typeof webhookStateSchema>;

/** A secret with which messages are signed. */
export interface WebhookSecret {
  text: string;
  /** Until when the secret before the present one is used too (epoch milliseconds); null: it is the present one. */
  until: number | null;
}

/** A webhook as it is stored. */
export interface Webhook extends Omit<z.infer<typeof webhookSchema>, 'formerSecretUntil'> {
  secrets: WebhookSecret[];
  /** The last event before it was created: it gets those that came after it. */
  after: string;
}

export function newWebhookId(): string {
  return `wh_${randomBytes(6).toString('hex')}`;
}

/** A webhook without its secrets. */
export function toPublic({ secrets, after: _, ...told }: Webhook): z.infer<typeof webhookSchema> {
  const former = secrets.find(({ until }) => until !== null && until > Date.now());
  return { ...told, formerSecretUntil: former?.until ?? null };
}
