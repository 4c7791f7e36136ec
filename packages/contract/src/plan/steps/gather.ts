import { z } from 'zod';
import { sourcesSchema } from './source.js';

const key = z.string().regex(/^[0-9*#A-D]$/, 'a key is 0 to 9, *, # or A to D');
const entry = z.string().regex(/^[0-9*#A-D]{1,64}$/, 'an entry is 1 to 64 of 0 to 9, *, # and A to D');
/** What `branches` has beside entries. */
const OTHER_BRANCHES = ['otherwise', 'timeout', 'invalid'] as const;
const branchName = z.union([z.enum(OTHER_BRANCHES), entry], {
  error: 'a branch is named by an entry (1 to 64 of 0 to 9, *, # and A to D), otherwise, timeout or invalid',
});
/** zod: the name under which a step leaves what it found out, for the ended record and for later steps. */
export const valueNameSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'a name is a letter and up to 63 letters, digits or _');

/** Asks for keys. `steps` is the schema of a branch's steps, which are a plan's. */
export function gatherStepSchemaWith<Steps extends z.ZodType>(steps: Steps) {
  return gatherObject(steps).superRefine((gather, context) => {
    const { minDigits, maxDigits, allowed = [], branches } = gather;
    const refuse = (path: PropertyKey[], message: string, input: unknown) =>
      context.addIssue({ code: 'custom', path, message, input });
    if (minDigits > maxDigits) refuse(['maxDigits'], `is below minDigits (${minDigits})`, maxDigits);
    const isPossible = ({ length }: string) => length >= minDigits && length <= maxDigits;
    const wrong = `is never entered: an entry has minDigits (${minDigits}) to maxDigits (${maxDigits}) digits`;
    for (const [index, one] of allowed.entries())
      if (!isPossible(one)) refuse(['allowed', index], wrong, one);
    for (const name of Object.keys(branches))
      if (isEntry(name) && !isPossible(name)) refuse(['branches', name], wrong, name);
  });
}

function gatherObject<Steps extends z.ZodType>(steps: Steps) {
  return z.strictObject({
    step: z.literal('gather'),
    /** Played before each try, and stopped by the first key. Absent: nothing. */
    prompt: sourcesSchema.optional(),
    /** An entry has at least, and at most, so many digits; with the last one possible it is complete. */
    minDigits: z.number().int().min(1).max(64).default(1),
    maxDigits: z.number().int().min(1).max(64).default(1),
    /** Completes an entry, and is not part of it; null: no key does. */
    finishKey: key.nullable().default('#'),
    /** Seconds to the first key, from the end of the prompt. */
    secondsTimeout: z.number().positive().max(600).default(5),
    /** Seconds from one key to the next, after which the entry is complete. */
    secondsBetweenDigits: z.number().positive().max(600).default(3),
    /** How often it is asked again after nothing or an invalid entry. */
    retries: z.number().int().min(0).max(10).default(0),
    /** The entries that are valid. Absent: those of `branches`; without any there, or with `otherwise`, every one. */
    allowed: z.array(entry).min(1).max(100).optional(),
    /** The name of the entry in the ended record's `digits`. Absent: it is not there. */
    into: valueNameSchema.optional(),
    /**
     * Steps for entries, taken before the plan goes on: by the entry itself, `otherwise` for any other valid one, `timeout`
     * when no key came, `invalid` when the last try was invalid.
     */
    branches: z.record(branchName, steps).default({}),
  });
}

type Gather = z.output<ReturnType<typeof gatherStepSchemaWith<z.ZodType>>>;
/** A gather, whose branches hold steps of this type. */
export interface GatherStep<Step> extends Omit<Gather, 'branches'> {
  branches: Record<string, Step[]>;
}
type GatherInput = z.input<ReturnType<typeof gatherStepSchemaWith<z.ZodType>>>;
/** The same, as a job may have it. */
export interface GatherStepInput<Step> extends Omit<GatherInput, 'branches'> {
  branches?: Record<string, Step[]> | undefined;
}

/** Whether an entry is one that a gather takes. */
export function isValidEntry(gather: GatherStep<unknown>, digits: string): boolean {
  if (digits.length < gather.minDigits || digits.length > gather.maxDigits) return false;
  const allowed = gather.allowed ?? entriesOf(gather);
  return allowed === null || allowed.includes(digits);
}

/** The entries that have a branch, where only these are valid; null: every one is. */
function entriesOf({ branches }: GatherStep<unknown>): string[] | null {
  const names = Object.keys(branches);
  const entries = names.filter(isEntry);
  return names.includes('otherwise') || entries.length === 0 ? null : entries;
}

function isEntry(branch: string): boolean {
  return !OTHER_BRANCHES.some((other) => other === branch);
}
