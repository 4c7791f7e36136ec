import { z } from 'zod';

const packets = z.number().int().nonnegative();

/** zod: how good the audio of a call was, as our side measured it. */
export const callQualitySchema = z.object({
  /** RTP packets that came from the callee. */
  packetsReceived: packets,
  packetsSent: packets,
  /** Packets of the callee's that did not come, or came too late. */
  packetsLost: packets,
  /** Interarrival jitter (RFC 3550 section 6.4.1) at the end, in milliseconds. */
  jitterMs: z.number().nonnegative(),
  /** In milliseconds; null: the callee's side sent no RTCP reports. */
  roundTripMs: z.number().nonnegative().nullable(),
  /** Mean opinion score of what we heard, estimated by ITU-T G.107; null: nothing came. */
  mos: z.number().min(1).max(5).nullable(),
});
export type CallQuality = z.infer<typeof callQualitySchema>;
