import { z } from 'zod';

/** zod: a SIP message of a call, without credentials and media keys. */
export const capturedSipSchema = z.object({
  /** Epoch milliseconds. */
  at: z.number().int().nonnegative(),
  isSent: z.boolean(),
  /** Whose address it left from, ours or the other side's: `udp/192.0.2.1:5060`. */
  source: z.string(),
  text: z.string(),
});
export type CapturedSip = z.infer<typeof capturedSipSchema>;

/** zod: how loud the callee's side was. */
export const heardPeaksSchema = z.object({
  /** When the first of `peaks` was heard, in epoch milliseconds. */
  startedAt: z.number().int().nonnegative(),
  /** The loudest sample of each 20 ms, 0 to 255; 0 also where nothing came. */
  peaks: z.array(z.number().int().min(0).max(255)),
});
export type HeardPeaks = z.infer<typeof heardPeaksSchema>;

/** zod: what was kept of a call because its job, or its lane, asked for it. */
export const callCaptureSchema = z.object({
  /** In order. */
  sip: z.array(capturedSipSchema),
  /** Null: nothing was heard, or that was not asked for. */
  heard: heardPeaksSchema.nullable(),
});
export type CallCapture = z.infer<typeof callCaptureSchema>;
