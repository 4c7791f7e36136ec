import { z } from 'zod';
import { type SpokenText, spokenTextSchema } from './spoken-text.js';

/** zod: a file or tone, as the media of the call can play it (`/prompts/hello.wav`, `tone_stream://...`). */
export const sourceSchema = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[^\s'"\\;|&`$<>]+$/, 'a source has no white space, quotes or shell characters');

/** What is played: a file or tone, or a text that is said. */
export type Source = string | SpokenText;

const oneSource = [sourceSchema, spokenTextSchema] as const;

/** zod: one source, or up to 32 that are played one after the other. */
export const sourcesSchema = z.union([...oneSource, z.array(z.union(oneSource)).min(1).max(32)]);
export type Sources = z.output<typeof sourcesSchema>;

/** Sources as a list. */
export function listOfSources(sources: Sources | undefined): readonly Source[] {
  if (sources === undefined) return [];
  return Array.isArray(sources) ? sources : [sources];
}
