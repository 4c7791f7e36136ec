import { z } from 'zod';
import { callEventSchema } from './call-event.js';

/** Why nothing is delivered to a webhook: it was asked for, nothing could be delivered for long, or it answered 410. */
export const PAUSE_REASONS = ['asked', 'failing', 'gone'] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

/** zod: a webhook was paused because it failed. It is told among the events of calls, and is of none. */
export const webhookPausedSchema = z.object({
  type: z.literal('webhookPaused'),
  /** Epoch milliseconds. */
  at: z.number().int(),
  webhook: z.object({ id: z.string(), name: z.string(), url: z.string() }),
  because: z.enum(PAUSE_REASONS),
});
export type WebhookPaused = z.infer<typeof webhookPausedSchema>;

/** zod: everything that the stream of events has. */
export const streamEventSchema = z.discriminatedUnion('type', [
  ...callEventSchema.options,
  webhookPausedSchema,
]);
export type StreamEvent = z.infer<typeof streamEventSchema>;
