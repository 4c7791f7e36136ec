import { createHash, randomBytes } from 'node:crypto';
import { laneSchema } from '@outdial/contract';
import { z } from 'zod';

/** What a key may do: `admin` may do everything. */
export const SCOPES = ['calls:write', 'calls:read', 'numbers:read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** zod: what is told of an API key. Its text is shown once, when it is created. */
export const apiKeySchema = z.object({
  /** The start of the key's text, by which it is named. */
  id: z.string(),
  /** What its user is called. */
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  /** The lanes that it is confined to; null: all. */
  lanes: z.array(z.string()).nullable(),
  /** Requests a second that it may make; null: any number. */
  requestsPerSecond: z.number().nullable(),
  /** Epoch milliseconds. */
  createdAt: z.number().int(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** zod: what a new key is to be. */
export const newApiKeySchema = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    scopes: z.array(z.enum(SCOPES)).min(1),
    /** Default: all lanes. */
    lanes: z.array(laneSchema).min(1).max(100).nullable().default(null),
    /** Default: any number. */
    requestsPerSecond: z.number().positive().max(100_000).nullable().default(null),
  })
  .refine(({ scopes, lanes }) => lanes === null || !scopes.includes('admin'), {
    path: ['lanes'],
    message: 'a key of scope admin is for all lanes',
  });
export type NewApiKey = z.input<typeof newApiKeySchema>;

const TEXT = /^od_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** A key's text: `od_ID_SECRET`, with 256 random bits. */
export function newKeyText(): string {
  return `od_${randomBytes(6).toString('hex')}_${randomBytes(32).toString('base64url')}`;
}

/** The id in a key's text; null for what is no key. */
export function idOfKey(text: string): string | null {
  return TEXT.exec(text)?.[1] ?? null;
}

/** What is stored in a key's place. Its text is random, so a plain digest cannot be searched for it. */
export function digestOfKey(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
