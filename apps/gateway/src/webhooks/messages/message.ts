import { randomBytes } from 'node:crypto';
import type { PlacedEvent } from '@outdial/client';
import { type CallEvent, callEventSchema } from '@outdial/contract';
import { z } from 'zod';
import { isWanted } from '../../events/event-filter.js';
import { compareIds } from '../../events/stream-ids.js';
import { MESSAGE_TYPES, PAUSE_REASONS, type Webhook } from '../store/webhook.js';

/** zod: a webhook was paused because it failed; told to other webhooks. */
const webhookPausedSchema = z.object({
  type: z.literal('webhookPaused'),
  /** Epoch milliseconds. */
  at: z.number().int(),
  webhook: z.object({ id: z.string(), name: z.string(), url: z.string() }),
  because: z.enum(PAUSE_REASONS),
});
export type WebhookPaused = z.infer<typeof webhookPausedSchema>;

/** zod: the body of a message, in the form that Standard Webhooks recommends. */
export const messageBodySchema = z.object({
  /** The type of the event. */
  type: z.enum(MESSAGE_TYPES),
  /** When it happened, in ISO 8601. */
  timestamp: z.iso.datetime(),
  data: z.union([callEventSchema, webhookPausedSchema]),
});

/** What a webhook gets. */
export interface Message {
  /** The same at each attempt, by which a receiver knows a message that it has had. */
  id: string;
  /** Names the task that delivers it, when no task of its job is at work. It is another one when it is delivered again. */
  task: string;
  event: CallEvent | WebhookPaused;
}

export function toMessage({ id, event }: PlacedEvent): Message {
  const name = `msg_${id}`;
  return { id: name, task: name, event };
}

/** The message once more. */
export function again(message: Message): Message {
  return { ...message, task: `${message.id}-${randomBytes(6).toString('hex')}` };
}

/** What is sent of a message. */
export function bodyOf({ event }: Message): string {
  return JSON.stringify({ type: event.type, timestamp: new Date(event.at).toISOString(), data: event });
}

/** Whether a webhook is to get an event. */
export function isFor({ id, event }: PlacedEvent, { types, lane, label, after }: Webhook): boolean {
  if (compareIds(id, after) <= 0) return false;
  const filter = { types: types ?? undefined, lane: lane ?? undefined, label: label ?? undefined };
  return isWanted(event, filter);
}
