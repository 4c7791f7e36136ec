import { z } from 'zod';

/** zod: the id of an entry of a Redis stream. Nothing lies before `0-0`, which Redis refuses as a bound. */
export const entryIdSchema = z.string().regex(/^(?!0+-0+$)\d{1,16}-\d{1,16}$/, 'is the id of an entry');
