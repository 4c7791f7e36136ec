import { z } from 'zod';

/** zod: a file or tone, as the media of the call can play it (`/prompts/hello.wav`, `tone_stream://...`). */
export const sourceSchema = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[^\s'"\\;|&`$<>]+$/, 'a source has no white space, quotes or shell characters');

/** zod: one source, or up to 32 that are played one after the other. */
export const sourcesSchema = z.union([sourceSchema, z.array(sourceSchema).min(1).max(32)]);
export type Sources = z.output<typeof sourcesSchema>;

/** Sources as a list. */
export function listOfSources(sources: Sources | undefined): readonly string[] {
  return typeof sources === 'string' ? [sources] : (sources ?? []);
}
