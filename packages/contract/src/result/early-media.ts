import { z } from 'zod';

const milliseconds = z.number().int().nonnegative();

/**
 * The tones by which a network tells the caller how the call stands (ITU-T E.180): `ringback`, `busy`, `congestion`, and
 * `sit`, the special information tones before an announcement.
 */
export const NETWORK_TONES = ['ringback', 'busy', 'congestion', 'sit'] as const;
export type NetworkToneKind = (typeof NETWORK_TONES)[number];

/** zod: a network tone that was heard before the answer. */
export const networkToneSchema = z.object({
  kind: z.enum(NETWORK_TONES),
  /** When it was known, in milliseconds of early media. */
  atMs: milliseconds,
  /** In Hz; of `sit` the last of the three. */
  frequencies: z.array(z.number()).readonly(),
});
export type NetworkTone = z.infer<typeof networkToneSchema>;

/** zod: what was heard of the callee's side before the answer. */
export const earlyMediaSchema = z.object({
  /** Milliseconds of audio; null: nobody listened (FreeSWITCH's media), or the worker that did was lost. */
  heardMs: milliseconds.nullable(),
  /** Milliseconds of speech in it; null as `heardMs`. */
  speechMs: milliseconds.nullable(),
  hasBeeped: z.boolean(),
  /** Whether it was a mailbox: it greeted and beeped. */
  isMailbox: z.boolean(),
  /** In their order, the first 16; a tone that goes on is told once. */
  tones: z.array(networkToneSchema).readonly(),
});
export type EarlyMedia = z.infer<typeof earlyMediaSchema>;

/** Early media of which nothing is known. */
export const UNHEARD_EARLY_MEDIA: EarlyMedia = {
  heardMs: null,
  speechMs: null,
  hasBeeped: false,
  isMailbox: false,
  tones: [],
};

/** Early media after a tone was heard in it. */
export function withNetworkTone(early: EarlyMedia | null, tone: NetworkTone): EarlyMedia {
  const known = early ?? UNHEARD_EARLY_MEDIA;
  return { ...known, tones: [...known.tones, tone] };
}
