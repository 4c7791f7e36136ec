import { randomBytes } from 'node:crypto';
import type { PlacedEvent } from '@outdial/client';
import { type StreamEvent, streamEventSchema } from '@outdial/contract';
import { z } from 'zod';
import { EVENT_TYPES, isWanted } from '../../events/event-filter.js';
import { compareIds } from '../../events/stream-ids.js';
import type { Webhook } from '../store/webhook.js';

/** zod: the body of a message, in the form that Standard Webhooks recommends. */
export const messageBodySchema = z.object({
  /** The type of the event. */
  type: z.enum(EVENT_TYPES),
  /** When it happened, in ISO 8601. */
  timestamp: z.iso.datetime(),
  data: streamEventSchema,
});

/** What a webhook gets. */
export interface Message {
  /** The same at each attempt, by which a receiver knows a message that it has had. */
  id: string;
  /** Names the task that delivers it, when no task of its job is at work. It is another one when it is delivered again. */
  task: string;
  event: StreamEvent;
}

export function toMessage({ id, event }: PlacedEvent<StreamEvent>): Message {
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
export function isFor({ id, event }: PlacedEvent<StreamEvent>, webhook: Webhook): boolean {
  const { types, lane, label, after } = webhook;
  if (compareIds(id, after) <= 0) return false;
  // Of others, and only where it is asked for.
  if (event.type === 'webhookPaused')
    return event.webhook.id !== webhook.id && types !== null && types.includes('webhookPaused');
  const filter = { types: types ?? undefined, lane: lane ?? undefined, label: label ?? undefined };
  return isWanted(event, filter);
}
