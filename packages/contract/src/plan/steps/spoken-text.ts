import { z } from 'zod';

/** zod: what is said: plain text; it may name values of the call. */
export const textSchema = z.string().min(1).max(4000);

/** How a text is said, for the schemas that include it. */
export const speechShape = {
  /** As the text-to-speech names its voices; absent: its configured default. */
  voice: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}$/, 'a voice is 1 to 64 letters, digits, _, ., + or -')
    .optional(),
  /** A language tag (`en-GB`, BCP 47); absent: the configured default. */
  language: z
    .string()
    .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/, 'a language is a tag such as en or en-GB')
    .optional(),
};

/** zod: a text in the place of a file or tone, said by the text-to-speech that the worker is configured with. */
export const spokenTextSchema = z.strictObject({ say: textSchema, ...speechShape });
export type SpokenText = z.output<typeof spokenTextSchema>;
